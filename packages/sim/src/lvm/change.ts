/** lvchange, lvextend, lvresize, lvremove, lvrename, lvconvert. */
import { copyDevice, setDeviceSize } from '../block.ts'
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
import { overcommitted } from './create.ts'
import {
  fillPool,
  findGroup,
  freeExtents,
  type LogicalVolume,
  splitVolumeName,
  thinOf,
  type VolumeGroup,
} from './model.ts'
import { printLong, readSize } from './units.ts'

const common = [
  '--config=',
  '-y|--yes',
  '-f|--force',
  '-q|--quiet',
  '-v|--verbose',
  '-A|--autobackup=',
  '-S|--select=',
]

const changeOptions = optionTable(
  ...common,
  '-a|--activate=',
  '-K|--ignoreactivationskip',
  '-k|--setactivationskip=',
  '--addtag=',
  '--deltag=',
  '-Z|--zero=',
  '-p|--permission=',
  '--errorwhenfull=',
  '--discards=',
  '--refresh',
)
const resizeOptions = optionTable(
  ...common,
  '-L|--size=',
  '-l|--extents=',
  '-n|--nofsck',
  '-r|--resizefs',
  '--fs=',
  '--poolmetadatasize=',
)
const plainOptions = optionTable(...common, '--merge', '--noudevsync')

type Found = { readonly group: VolumeGroup; readonly volume: LogicalVolume }

export function lvchange(call: Call): Output {
  const { options, problem, found } = prepare(call, changeOptions)
  if (problem) return problem
  let stdout = ''
  let stderr = ''
  for (const { group, volume } of found) {
    const activate = option(options, '-a')
    if (activate?.startsWith('n') && isUsed(volume)) {
      stderr += `  Logical volume ${group.name}/${volume.name} is used by another device.\n`
      continue
    }
    if (activate?.startsWith('n')) volume.active = false
    else if (activate !== undefined && (!volume.skipActivation || options.values.has('-K')))
      volume.active = true
    const zero = option(options, '-Z')
    if (zero !== undefined && (zero === 'y') === volume.zero) {
      stderr += `  Logical volume ${group.name}/${volume.name} already ${zero === 'y' ? '' : 'does not '}zero new blocks.\n`
      continue
    }
    const changed = changeMarks(volume, options)
    if (changed) stdout += `  Logical volume ${group.name}/${volume.name} changed.\n`
  }
  return { code: stderr === '' ? 0 : 5, stdout, stderr }
}

function changeMarks(volume: LogicalVolume, options: Options): boolean {
  const add = options.values.get('--addtag') ?? []
  const remove = options.values.get('--deltag') ?? []
  for (const tag of add) volume.tags.add(tag)
  for (const tag of remove) volume.tags.delete(tag)
  const permission = option(options, '-p')
  if (permission) volume.readOnly = permission === 'r'
  const skip = option(options, '-k')
  if (skip) volume.skipActivation = skip === 'y'
  const zero = option(options, '-Z')
  if (zero) volume.zero = zero === 'y'
  return (
    add.length + remove.length > 0 || [permission, skip, zero].some((each) => each !== undefined)
  )
}

/** lvresize, lvextend and lvreduce; they differ in whether smaller, or larger, is allowed. */
export function lvresize(call: Call): Output {
  const { options, words, unknown } = withOptions(call, resizeOptions)
  if (unknown) return unknown
  const name = splitVolumeName(words[0] ?? '')
  const group = findGroup(call.machine, name.group)
  if (!group) {
    return fail(
      5,
      `  Volume group "${name.group}" not found\n  Cannot process volume group ${name.group}`,
    )
  }
  const volume = group.volumes.get(name.volume ?? '')
  if (!volume) {
    return fail(5, `  Logical volume ${name.volume} not found in volume group ${group.name}.`)
  }
  const metadata = option(options, '--poolmetadatasize')
  if (metadata !== undefined && volume.kind === 'thin-pool') {
    fillPool(group, volume, { data: volume.forcedDataPercent, metadata: undefined })
    return ok(`  Logical volume ${group.name}/${volume.name} successfully resized.\n`)
  }
  const text = option(options, '-L') ?? ''
  const size = readSize(text)
  if (size === undefined) return fail(3, '  Please specify either size or extents but not both.')
  const total = text.startsWith('+') ? volume.device.sizeKib + size : size
  return resizeTo(call, group, volume, total)
}

function resizeTo(call: Call, group: VolumeGroup, volume: LogicalVolume, asked: number): Output {
  const sizeKib = Math.ceil(asked / group.extentKib) * group.extentKib
  const note =
    sizeKib === asked
      ? ''
      : `  Rounding size to boundary between physical extents: ${printLong(sizeKib)}.\n`
  const old = volume.device.sizeKib / group.extentKib
  const next = sizeKib / group.extentKib
  if (next === old) {
    return fail(5, `  New size (${next} extents) matches existing size (${old} extents).`, note)
  }
  if (next < old && call.name === 'lvextend') {
    return fail(
      5,
      `  New size given (${next} extents) not larger than existing size (${old} extents)`,
      note,
    )
  }
  if (next > old && call.name === 'lvreduce') {
    return fail(
      5,
      `  New size given (${next} extents) not less than existing size (${old} extents)`,
      note,
    )
  }
  const free = freeExtents(call.machine, group)
  if (volume.kind !== 'thin' && next - old > free) {
    return fail(
      5,
      `  Insufficient free space: ${next - old} extents needed, but only ${free} available`,
      note,
    )
  }
  if (volume.kind === 'thin-pool' && volume.forcedDataPercent !== undefined) {
    const data = (volume.forcedDataPercent * old) / next
    fillPool(group, volume, { data, metadata: volume.forcedMetadataPercent })
  }
  setDeviceSize(volume.device, sizeKib)
  const changed = `  Size of logical volume ${group.name}/${volume.name} changed from ${printLong(old * group.extentKib)} (${old} extents) to ${printLong(sizeKib)} (${next} extents).\n`
  const done = `  Logical volume ${group.name}/${volume.name} successfully resized.\n`
  const warning =
    next < old
      ? `  WARNING: Reducing active logical volume to ${printLong(sizeKib)}.\n  THIS MAY DESTROY YOUR DATA (filesystem etc.)\n`
      : ''
  const sum = thinOf(group, volume.pool ?? '').reduce(
    (total, each) => total + each.device.sizeKib,
    0,
  )
  const pool = group.volumes.get(volume.pool ?? '')
  if (!pool || sum <= pool.device.sizeKib) return ok(`${note}${changed}${done}`, warning)
  const over = overcommitted(call.machine, group, pool.name, sum)
  return ok(`${note}${changed}${over.stdout}${done}`, `${warning}${over.stderr}`)
}

export function lvremove(call: Call): Output {
  const { options, problem, found } = prepare(call, plainOptions)
  if (problem) return problem
  let stdout = ''
  let stderr = ''
  for (const { group, volume } of found) {
    if (!matchesSelect(volume, option(options, '-S'))) continue
    const thin = thinOf(group, volume.kind === 'thin-pool' ? volume.name : '')
    const isSure = options.values.has('-y') || options.values.has('-f')
    if (!isSure && (thin.length > 0 || volume.active)) {
      const name = `${group.name}/${volume.name}`
      stderr +=
        thin.length > 0
          ? `Removing pool ${name} will remove ${thin.length} dependent volume(s). Proceed? [y/n]: [n]\n`
          : `Do you really want to remove active logical volume ${name}? [y/n]: [n]\n`
      stderr += `  Logical volume ${name} not removed.\n`
      continue
    }
    const all = [...thin, volume]
    for (const each of all) {
      if (isUsed(each)) {
        stderr += `  Logical volume ${group.name}/${each.name} is used by another device.\n`
        break
      }
      group.volumes.delete(each.name)
      stdout += `  Logical volume "${each.name}" successfully removed.\n`
    }
  }
  return { code: stderr === '' ? 0 : 5, stdout, stderr }
}

/** Of --select: `lv_tags={"a"}` and `lv_name=x`, the conditions that scripts use to remove. */
function matchesSelect(volume: LogicalVolume, condition: string | undefined): boolean {
  if (condition === undefined) return true
  const tag = /^(?:lv_)?tags=\{"?([^"}]*)"?\}$/.exec(condition)
  if (tag) return volume.tags.has(tag[1] ?? '')
  const name = /^(?:lv_)?name="?([^"]*)"?$/.exec(condition)
  return name !== null && volume.name === name[1]
}

export function lvrename(call: Call): Output {
  const { words, unknown } = withOptions(call, plainOptions)
  if (unknown) return unknown
  const [first = '', second = '', third] = words
  const from = third === undefined ? splitVolumeName(first) : { group: first, volume: second }
  const to = (third ?? second).split('/').at(-1) ?? ''
  const group = findGroup(call.machine, from.group)
  if (!group) {
    return fail(
      5,
      `  Volume group "${from.group}" not found\n  Cannot process volume group ${from.group}`,
    )
  }
  const volume = group.volumes.get(from.volume ?? '')
  if (!volume) {
    return fail(
      5,
      `  Existing logical volume "${from.volume}" not found in volume group "${group.name}"`,
    )
  }
  if (group.volumes.has(to)) {
    return fail(5, `  Logical Volume "${to}" already exists in volume group "${group.name}"`)
  }
  group.volumes.delete(volume.name)
  for (const each of group.volumes.values()) if (each.origin === volume.name) each.origin = to
  const old = volume.name
  volume.name = to
  volume.device.path = `${group.name}/${to}`
  group.volumes.set(to, volume)
  return ok(`  Renamed "${old}" to "${to}" in volume group "${group.name}"\n`)
}

/** `lvconvert --merge`: the snapshot's contents become the origin's, and the snapshot is gone. */
export function lvconvert(call: Call): Output {
  const { options, problem, found } = prepare(call, plainOptions)
  if (problem) return problem
  if (!options.values.has('--merge')) {
    return fail(
      3,
      "  No command with matching syntax recognised.  Run 'lvconvert --help' for more information.",
    )
  }
  let stdout = ''
  for (const { group, volume } of found) {
    const origin = group.volumes.get(volume.origin ?? '')
    if (!origin)
      return fail(5, `  Command on LV ${group.name}/${volume.name} does not accept LV type linear.`)
    if (isUsed(origin)) {
      return fail(5, `  Delaying merge since origin is open.`)
    }
    origin.device.sizeKib = volume.device.sizeKib
    copyDevice(volume.device, origin.device)
    // It takes the snapshot's place in the list.
    group.volumes.delete(origin.name)
    group.volumes.set(origin.name, origin)
    group.volumes.delete(volume.name)
    stdout += `  Volume ${group.name}/${volume.name} replaced origin ${group.name}/${origin.name}.\n`
  }
  return ok(stdout)
}

const isUsed = (volume: LogicalVolume) => volume.device.openers.size > 0

function withOptions(call: Call, table: Parameters<typeof readOptions>[1]) {
  const options = readOptions(call.args, table)
  const unknown = options.unknown
    ? fail(
        3,
        `${call.name}: unrecognized option '${options.unknown}'\n  Error during parsing of command line.`,
      )
    : undefined
  return { options, words: options.words, unknown }
}

/** Options and the volumes that the words name; all must be there. */
function prepare(call: Call, table: Parameters<typeof readOptions>[1]) {
  const { options, words, unknown } = withOptions(call, table)
  const found: Found[] = []
  const none = { options, found }
  if (unknown) return { ...none, problem: unknown }
  for (const word of words) {
    const name = splitVolumeName(word)
    const group = findGroup(call.machine, name.group)
    if (!group) {
      const text = `  Volume group "${name.group}" not found\n  Cannot process volume group ${name.group}`
      return { ...none, problem: fail(5, text) }
    }
    const volume = group.volumes.get(name.volume ?? '')
    if (!volume && name.volume !== undefined) {
      const text = `  Failed to find logical volume "${name.group}/${name.volume}"`
      return { ...none, problem: fail(5, text) }
    }
    found.push(
      ...(volume ? [volume] : [...group.volumes.values()]).map((each) => ({ group, volume: each })),
    )
  }
  return { options, found, problem: undefined }
}
