/** lvcreate: thick, thin, pools and snapshots, with lvm2's words for what goes wrong. */
import { copyDevice } from '../block.ts'
import type { Machine } from '../machine.ts'
import {
  type Call,
  fail,
  type Options,
  type Output,
  ok,
  option,
  optionTable,
  readOptions,
} from '../tool.ts'
import {
  addVolume,
  findGroup,
  freeExtents,
  type LogicalVolume,
  metadataExtents,
  splitVolumeName,
  thinOf,
  totalExtents,
  type VolumeGroup,
} from './model.ts'
import { printLong, readSize } from './units.ts'

const createOptions = optionTable(
  '-n|--name=',
  '-L|--size=',
  '-l|--extents=',
  '-V|--virtualsize=',
  '--thinpool=',
  '--type=',
  '-T|--thin',
  '-s|--snapshot',
  '--addtag=',
  '-W|--wipesignatures=',
  '-Z|--zero=',
  '-y|--yes',
  '-f|--force',
  '-q|--quiet',
  '-a|--activate=',
  '-k|--setactivationskip=',
  '-K|--ignoreactivationskip',
  '-p|--permission=',
  '-c|--chunksize=',
  '-i|--stripes=',
  '-I|--stripesize=',
  '-A|--autobackup=',
  '--config=',
  '--poolmetadatasize=',
  '--errorwhenfull=',
  '--discards=',
)

export function lvcreate(call: Call): Output {
  const options = readOptions(call.args, createOptions)
  if (options.unknown) {
    return fail(
      3,
      `lvcreate: unrecognized option '${options.unknown}'\n  Error during parsing of command line.`,
    )
  }
  const target = splitVolumeName(options.words[0] ?? splitPool(options) ?? '')
  if (target.group === '') {
    return fail(
      3,
      "  No command with matching syntax recognised.  Run 'lvcreate --help' for more information.",
    )
  }
  const group = findGroup(call.machine, target.group)
  if (!group) {
    return fail(
      5,
      `  Volume group "${target.group}" not found\n  Cannot process volume group ${target.group}`,
    )
  }
  const name = option(options, '-n') ?? (options.values.has('-T') ? target.volume : undefined)
  const finalName = name ?? `lvol${group.volumes.size}`
  if (options.values.has('-s'))
    return createSnapshot(call, group, finalName, target.volume, options)
  if (group.volumes.has(finalName) && !options.values.has('-V')) return exists(group, finalName)
  const isPool = option(options, '--type') === 'thin-pool' || options.values.has('-T')
  if (options.values.has('-V'))
    return createThin(call, group, name ?? finalName, target.volume, options)
  return createThick(call, group, finalName, isPool ? 'thin-pool' : 'linear', options)
}

const splitPool = (options: Options) => {
  const pool = option(options, '--thinpool')
  return pool?.includes('/') ? pool : undefined
}

const exists = (group: VolumeGroup, name: string) =>
  fail(5, `  Logical Volume "${name}" already exists in volume group "${group.name}"`)

/** Rounds to whole extents and says so, as lvcreate does. */
function roundSize(group: VolumeGroup, kib: number): { sizeKib: number; note: string } {
  const sizeKib = Math.ceil(kib / group.extentKib) * group.extentKib
  const note =
    sizeKib === kib ? '' : `  Rounding up size to full physical extent ${printLong(sizeKib)}\n`
  return { sizeKib, note }
}

function wantedKib(call: Call, group: VolumeGroup, options: Options, isPool: boolean) {
  const size = readSize(option(options, '-L') ?? '')
  if (size !== undefined) return size
  const extents = /^(\d+)(?:%(FREE|VG))?$/i.exec(option(options, '-l') ?? '')
  if (!extents) return undefined
  const count = Number(extents[1])
  if (!extents[2]) return count * group.extentKib
  const free = freeExtents(call.machine, group)
  const base = extents[2].toUpperCase() === 'VG' ? totalExtents(call.machine, group) : free
  const asked = Math.floor((base * count) / 100)
  // A pool leaves room for its metadata and the spare of it.
  const spare = isPool ? 2 * metadataExtents(group, asked * group.extentKib) : 0
  return (asked - spare) * group.extentKib
}

function createThick(
  call: Call,
  group: VolumeGroup,
  name: string,
  kind: 'linear' | 'thin-pool',
  options: Options,
): Output {
  const asked = wantedKib(call, group, options, kind === 'thin-pool')
  if (asked === undefined) {
    return fail(
      3,
      "  No command with matching syntax recognised.  Run 'lvcreate --help' for more information.",
    )
  }
  const { sizeKib, note } = roundSize(group, asked)
  const need =
    sizeKib / group.extentKib + (kind === 'thin-pool' ? 2 * metadataExtents(group, sizeKib) : 0)
  const free = freeExtents(call.machine, group)
  if (need > free) {
    return fail(
      5,
      `  Volume group "${group.name}" has insufficient free space (${free} extents): ${need} required.`,
      note,
    )
  }
  const skipActivation = option(options, '-k') === 'y'
  const active = !skipActivation || options.values.has('-K')
  const tags = tagsOf(options)
  const fields = { name, kind, sizeKib, tags, skipActivation, active }
  const volume = addVolume(call.machine, group, fields)
  activation(volume, options)
  const poolNote =
    kind === 'thin-pool'
      ? '  Thin pool volume with chunk size 64.00 KiB can address at most <15.88 TiB of data.\n'
      : ''
  return ok(`${note}${poolNote}  Logical volume "${name}" created.\n`)
}

function createThin(
  call: Call,
  group: VolumeGroup,
  name: string,
  positional: string | undefined,
  options: Options,
): Output {
  const poolName = (option(options, '--thinpool') ?? positional ?? '').split('/').at(-1) ?? ''
  const pool = group.volumes.get(poolName)
  if (pool?.kind !== 'thin-pool') {
    return fail(5, `  Pool ${poolName} not found in Volume group ${group.name}.`)
  }
  if (group.volumes.has(name)) return exists(group, name)
  const asked = readSize(option(options, '-V') ?? '')
  if (asked === undefined) return fail(3, '  Invalid argument for --virtualsize.')
  const { sizeKib, note } = roundSize(group, asked)
  const volume = addVolume(call.machine, group, {
    name,
    kind: 'thin',
    sizeKib,
    pool: poolName,
    tags: tagsOf(options),
  })
  activation(volume, options)
  const sum = thinOf(group, poolName).reduce((total, each) => total + each.device.sizeKib, 0)
  if (sum <= pool.device.sizeKib) return ok(`${note}  Logical volume "${name}" created.\n`)
  const { stdout, stderr } = overcommitted(call.machine, group, poolName, sum)
  return ok(`${note}${stdout}  Logical volume "${name}" created.\n`, stderr)
}

/** The warnings for a pool that has promised more than it has. */
export function overcommitted(machine: Machine, group: VolumeGroup, pool: string, sumKib: number) {
  const whole = totalExtents(machine, group) * group.extentKib
  const free = freeExtents(machine, group) * group.extentKib
  const also =
    sumKib > whole
      ? ` and the size of whole volume group (${printLong(whole)})`
      : sumKib > free
        ? ` and the amount of free space in volume group (${printLong(free)})`
        : ''
  return {
    stdout:
      '  WARNING: You have not turned on protection against thin pools running out of space.\n' +
      '  WARNING: Set activation/thin_pool_autoextend_threshold below 100 to trigger automatic extension of thin pools before they get full.\n',
    stderr: `  WARNING: Sum of all thin volume sizes (${printLong(sumKib)}) exceeds the size of thin pool ${group.name}/${pool}${also}.\n`,
  }
}

function createSnapshot(
  call: Call,
  group: VolumeGroup,
  name: string,
  originName: string | undefined,
  options: Options,
): Output {
  const origin = group.volumes.get(originName ?? '')
  if (!origin) {
    return fail(5, `  Snapshot origin LV ${originName} not found in Volume group ${group.name}.`)
  }
  if (group.volumes.has(name)) return exists(group, name)
  const thin = origin.kind === 'thin' && !options.values.has('-L') && !options.values.has('-l')
  const size = thin ? origin.device.sizeKib : readSize(option(options, '-L') ?? '')
  if (size === undefined) return fail(3, '  Please specify either size or extents with snapshots.')
  const { sizeKib, note } = roundSize(group, size)
  if (!thin && sizeKib / group.extentKib > freeExtents(call.machine, group)) {
    return fail(
      5,
      `  Volume group "${group.name}" has insufficient free space (${freeExtents(call.machine, group)} extents): ${sizeKib / group.extentKib} required.`,
    )
  }
  const volume = addVolume(call.machine, group, {
    name,
    kind: thin ? 'thin' : 'snapshot',
    sizeKib,
    pool: thin ? origin.pool : undefined,
    origin: origin.name,
    tags: tagsOf(options),
    readOnly: option(options, '-p') === 'r',
    // A thin snapshot is not activated by itself unless it is told otherwise.
    skipActivation: thin && option(options, '-k') !== 'n',
  })
  copyDevice(origin.device, volume.device)
  volume.sharedKib = volume.device.allocatedKib
  volume.active = !volume.skipActivation || options.values.has('-K')
  activation(volume, options)
  return ok(`${note}  Logical volume "${name}" created.\n`)
}

const tagsOf = (options: Options) => new Set(options.values.get('--addtag') ?? [])

function activation(volume: LogicalVolume, options: Options): void {
  if (option(options, '-a')?.startsWith('n')) volume.active = false
}
