/** From a path under /dev to what is behind it. */
import { bcacheDevice } from './bcache/model.ts'
import type { BlockDevice } from './block.ts'
import { cachedDevice } from './cache/model.ts'
import { mappedDevice } from './crypt/model.ts'
import { deviceOfMinor, drbdBlock } from './drbd/lookup.ts'
import { splitVolumeName } from './lvm/model.ts'
import type { Machine } from './machine.ts'
import { remoteDevice } from './nvme/model.ts'
import { zvolDevice } from './zfs/model.ts'

/** The device, or undefined when there is no such node (inactive volumes have none). */
export function findDevice(machine: Machine, path: string): BlockDevice | undefined {
  if (!path.startsWith('/dev/')) return undefined
  const name = path.slice('/dev/'.length)
  const disk = machine.disks.get(name)
  if (disk) return disk
  if (machine.loops.has(path)) return machine.files.get(machine.loops.get(path) ?? '')?.block
  const drbd = deviceOfMinor(machine.kernel, path)
  if (drbd) return drbdBlock(drbd)
  const mapped = mappedDevice(machine, path)
  if (mapped) return mapped
  const cached = cachedDevice(machine, path)
  if (cached) return cached
  const behind = bcacheDevice(machine, path)
  if (behind) return behind
  const remote = remoteDevice(machine, path)
  if (remote) return remote
  const zvol = zvolDevice(machine, name)
  if (zvol) return zvol
  const { group, volume } = splitVolumeName(path)
  const found = machine.groups.get(group)?.volumes.get(volume ?? '')
  return found?.active && found.kind !== 'thin-pool' ? found.device : undefined
}

/** All block devices of a machine as lsblk walks them: disk, then what is on it. */
export function listDevices(
  machine: Machine,
): { device: BlockDevice; parent: string; path: string }[] {
  const list: { device: BlockDevice; parent: string; path: string }[] = []
  for (const [name, disk] of machine.disks) {
    list.push({ device: disk, parent: '', path: `/dev/${name}` })
    for (const part of disk.partitions ?? []) {
      list.push({ device: { ...disk, type: 'part' }, parent: `/dev/${name}`, path: `/dev/${part}` })
    }
    for (const group of machine.groups.values()) {
      if (group.disks[0] !== name) continue
      for (const volume of group.volumes.values()) {
        if (!volume.active) continue
        const mapped = `/dev/mapper/${volume.device.path.replaceAll('-', '--').replace('/', '-')}`
        list.push({ device: volume.device, parent: `/dev/${name}`, path: mapped })
      }
    }
  }
  for (const [path, file] of machine.loops) {
    const device = machine.files.get(file)?.block
    if (device) list.push({ device, parent: '', path })
  }
  return list
}
