/** pvcreate, vgcreate and their opposites. */
import { type Call, fail, type Output, ok } from '../tool.ts'

const names = (call: Call) => call.args.filter((arg) => !arg.startsWith('-'))
/** `/dev/sdb` → `sdb`. */
export const diskName = (path: string) => path.replace(/^\/dev\//, '')

export function pvcreate(call: Call): Output {
  let stdout = ''
  for (const path of names(call)) {
    const disk = call.machine.disks.get(diskName(path))
    if (!disk) return fail(5, `  No device found for ${path}.`, stdout)
    disk.signatures = [
      { type: 'LVM2_member', offset: 0x218, magic: '4c 56 4d 32 20 30 30 31', uuid: '' },
    ]
    stdout += `  Physical volume "${path}" successfully created.\n`
  }
  return ok(stdout)
}

export function pvremove(call: Call): Output {
  let stdout = ''
  for (const path of names(call)) {
    const disk = call.machine.disks.get(diskName(path))
    const used = [...call.machine.groups.values()].find((each) =>
      each.disks.includes(diskName(path)),
    )
    if (!disk) return fail(5, `  No PV found on device ${path}.`, stdout)
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
  const [name = '', ...paths] = names(call)
  if (call.machine.groups.has(name))
    return fail(5, `  A volume group called ${name} already exists.`)
  for (const path of paths) {
    const disk = call.machine.disks.get(diskName(path))
    if (!disk) return fail(5, `  No device found for ${path}.`)
    const user = [...call.machine.groups.values()].find((each) =>
      each.disks.includes(diskName(path)),
    )
    if (user) {
      return fail(5, `  Physical volume '${path}' is already in volume group '${user.name}'`)
    }
    const foreign = disk.signatures.find((each) => each.type !== 'LVM2_member')
    if (foreign && !call.args.includes('-y') && !call.args.includes('--yes')) {
      return fail(
        5,
        `  WARNING: ${foreign.type} signature detected on ${path} at offset ${foreign.offset}. Wipe it? [y/n]: [n]\n  Aborted wiping of ${foreign.type}.\n  1 existing signature left on the device.`,
      )
    }
  }
  pvcreate({ ...call, args: paths })
  call.machine.groups.set(name, {
    name,
    uuid: call.machine.shared.random.lvmUuid(),
    extentKib: 4096,
    disks: paths.map(diskName),
    tags: new Set(),
    volumes: new Map(),
  })
  return ok(`  Volume group "${name}" successfully created\n`)
}

export function vgremove(call: Call): Output {
  const [name = ''] = names(call)
  const group = call.machine.groups.get(name)
  if (!group) {
    return fail(5, `  Volume group "${name}" not found\n  Cannot process volume group ${name}`)
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
