/** pvcreate, vgcreate and their opposites. Nobody answers their questions, so it is always no. */
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

const groupOptions = optionTable(
  '--config=',
  '--uuid=',
  '--norestorefile',
  '--addtag=',
  '-S|--select=',
  '-y|--yes',
  '-f|--force',
  '-q|--quiet',
  '-W|--wipesignatures=',
  '-s|--physicalextentsize=',
)

/** `/dev/sdb` → `sdb`. */
export const diskName = (path: string) => path.replace(/^\/dev\//, '')

type Ready = { readonly options: Options } | { readonly problem: Output }

function prepare(call: Call): Ready {
  const options = readOptions(call.args, groupOptions)
  if (options.unknown === undefined) return { options }
  const text = `${call.name}: unrecognized option '${options.unknown}'`
  return { problem: fail(3, `${text}\n  Error during parsing of command line.`) }
}

const groupOf = (machine: Machine, disk: string) =>
  [...machine.groups.values()].find((each) => each.disks.includes(disk))

/** Whether the kernel lets nobody else have it: mounted, below a zpool or an active volume. */
export function isClaimed(machine: Machine, disk: string): boolean {
  const volumes = groupOf(machine, disk)?.volumes.values() ?? []
  return (
    (machine.disks.get(disk)?.openers.size ?? 0) > 0 ||
    [...volumes].some(({ active }) => active) ||
    [...machine.zpools.values()].some(({ disks }) => disks.includes(disk))
  )
}

/** A disk that may become a physical volume, or lvm2's words for why not. */
function problemWith(call: Call, path: string, options: Options): Output | undefined {
  const name = diskName(path)
  const disk = call.machine.disks.get(name)
  if (!disk) return fail(5, `  No device found for ${path}.`)
  if (disk.failed) return fail(5, `  Error reading device ${path} at 0 length 4096.`)
  if (disk.partitions || isClaimed(call.machine, name)) {
    const why = disk.partitions ? 'device is partitioned' : 'device is in use'
    return fail(5, `  Cannot use ${path}: ${why}`)
  }
  const foreign = disk.signatures.find((each) => each.type !== 'LVM2_member')
  if (!foreign || options.values.has('-y')) return undefined
  return fail(
    5,
    `  WARNING: ${foreign.type} signature detected on ${path} at offset ${foreign.offset}. Wipe it? [y/n]: [n]\n  Aborted wiping of ${foreign.type}.\n  1 existing signature left on the device.`,
  )
}

function label(machine: Machine, path: string, uuid: string): void {
  const disk = machine.disks.get(diskName(path))
  if (!disk) return
  const magic = '4c 56 4d 32 20 30 30 31'
  disk.signatures = [{ type: 'LVM2_member', offset: 0x218, magic, uuid }]
}

export function pvcreate(call: Call): Output {
  const ready = prepare(call)
  if ('problem' in ready) return ready.problem
  const { options } = ready
  const uuid = option(options, '--uuid') ?? ''
  let stdout = ''
  for (const path of options.words) {
    const problem = problemWith(call, path, options)
    if (problem) return { ...problem, stdout }
    const group = groupOf(call.machine, diskName(path))
    if (group) {
      const text = `  Can't initialize physical volume "${path}" of volume group "${group.name}" without -ff`
      return fail(5, `${text}\n  ${path}: physical volume not initialized.`, stdout)
    }
    const twin = [...call.machine.disks].find(
      ([name, disk]) =>
        uuid !== '' &&
        name !== diskName(path) &&
        disk.signatures.some((each) => each.uuid === uuid),
    )
    if (twin) return fail(5, `  UUID ${uuid} already in use on "/dev/${twin[0]}".`, stdout)
    label(call.machine, path, uuid)
    stdout += `  Physical volume "${path}" successfully created.\n`
  }
  return ok(stdout)
}

export function pvremove(call: Call): Output {
  const ready = prepare(call)
  if ('problem' in ready) return ready.problem
  let stdout = ''
  for (const path of ready.options.words) {
    const disk = call.machine.disks.get(diskName(path))
    const used = groupOf(call.machine, diskName(path))
    if (!disk?.signatures.some(({ type }) => type === 'LVM2_member')) {
      return fail(5, `  No PV found on device ${path}.`, stdout)
    }
    if (used)
      return fail(
        5,
        `  PV ${path} is used by VG ${used.name} so please use vgreduce first.`,
        stdout,
      )
    disk.signatures = []
    stdout += `  Labels on physical volume "${path}" successfully wiped.\n`
  }
  return ok(stdout)
}

export function vgcreate(call: Call): Output {
  const ready = prepare(call)
  if ('problem' in ready) return ready.problem
  const { options } = ready
  const [name = '', ...paths] = options.words
  if (call.machine.groups.has(name))
    return fail(5, `  A volume group called ${name} already exists.`)
  for (const path of paths) {
    const user = groupOf(call.machine, diskName(path))
    if (user) {
      return fail(5, `  Physical volume '${path}' is already in volume group '${user.name}'`)
    }
    const problem = problemWith(call, path, options)
    if (problem) return problem
  }
  for (const path of paths) {
    const known = call.machine.disks.get(diskName(path))?.signatures[0]?.uuid ?? ''
    label(call.machine, path, known)
  }
  call.machine.groups.set(name, {
    name,
    uuid: call.machine.shared.random.lvmUuid(),
    extentKib: 4096,
    disks: paths.map(diskName),
    tags: new Set(options.values.get('--addtag') ?? []),
    volumes: new Map(),
  })
  return ok(`  Volume group "${name}" successfully created\n`)
}

export function vgremove(call: Call): Output {
  const ready = prepare(call)
  if ('problem' in ready) return ready.problem
  const { options } = ready
  const [name = ''] = options.words
  const group = call.machine.groups.get(name)
  if (!group) {
    return fail(5, `  Volume group "${name}" not found\n  Cannot process volume group ${name}`)
  }
  const tag = /^(?:vg_)?tags=\{"?([^"}]*)"?\}$/.exec(option(options, '-S') ?? '')
  if (options.values.has('-S') && !group.tags.has(tag?.[1] ?? '')) return ok()
  const isSure = options.values.has('-y') || options.values.has('-f')
  if (group.volumes.size > 0 && !isSure) {
    const question = `Do you really want to remove volume group "${name}" containing ${group.volumes.size} logical volumes? [y/n]: [n]`
    return fail(5, `${question}\n  Volume group "${name}" not removed`)
  }
  let stdout = ''
  // Snapshots go before their origin.
  const volumes = [...group.volumes.values()].flatMap((volume) => [
    ...[...group.volumes.values()].filter((each) => each.origin === volume.name),
    volume,
  ])
  for (const volume of new Set(volumes)) {
    if (volume.device.openers.size > 0) {
      return fail(5, `  Logical volume ${name}/${volume.name} is used by another device.`, stdout)
    }
    group.volumes.delete(volume.name)
    stdout += `  Logical volume "${volume.name}" successfully removed.\n`
  }
  call.machine.groups.delete(name)
  return ok(`${stdout}  Volume group "${name}" successfully removed\n`)
}
