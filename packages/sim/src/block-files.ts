/**
 * What sysfs and udev say of block devices, by `/sys/class/block/<name>/…` and `/run/udev/data/b<number>`.
 * Devices have their path for a name here. Values as kernel 6.1 has them over disks of 512 bytes.
 */
import { type BlockDevice, blockKib } from './block.ts'
import { findDevice } from './devices.ts'
import type { Machine } from './machine.ts'
import { findDataset } from './zfs/model.ts'

type Limits = {
  readonly physical: number
  readonly minimum: number
  readonly optimal: number
  readonly discard: number
}

const plain: Limits = { physical: 512, minimum: 512, optimal: 0, discard: 512 }

/** Text of a file of sysfs about a device; undefined when there is no such device or file. */
export function blockText(machine: Machine, path: string): string | undefined {
  const [, name = '', file = ''] = /^\/sys\/class\/block\/([^/]+)\/(.+)$/.exec(path) ?? []
  if (name === '') return undefined
  const device = findDevice(machine, `/dev/${name.replaceAll('!', '/')}`)
  if (!device) return undefined
  if (file === 'dev') return `${numberOf(device)}\n`
  const limits = limitsOf(machine, device)
  const value = {
    'queue/logical_block_size': 512,
    'queue/physical_block_size': limits.physical,
    'queue/minimum_io_size': limits.minimum,
    'queue/optimal_io_size': limits.optimal,
    'queue/discard_granularity': limits.discard,
    'queue/discard_max_bytes': limits.discard === 0 ? 0 : 2 ** 30,
  }[file]
  return value === undefined ? undefined : `${value}\n`
}

/** Records of udev's database: of logical volumes and of DRBD. */
export function deviceRecord(machine: Machine, path: string): string | undefined {
  const [, major, minor] = /^\/run\/udev\/data\/b(\d+):(\d+)$/.exec(path) ?? []
  if (major === undefined) return undefined
  const links = major === '147' ? drbdLinks(machine, Number(minor)) : volumeLinks(machine, path)
  return links.length === 0 ? undefined : links.map((link) => `S:${link}\n`).join('')
}

const numberOf = ({ major, minor }: BlockDevice) => `${major}:${minor}`

function limitsOf(machine: Machine, device: BlockDevice): Limits {
  if (device.type === 'loop') return { ...plain, discard: 4096 }
  const mapping = [...machine.crypts.values()].find(({ luks }) => luks.inner === device)
  if (mapping) {
    const below = limitsOf(machine, mapping.below)
    return { ...below, discard: mapping.allowsDiscards ? below.discard : 0 }
  }
  if (device.type === 'zvol') {
    const bytes =
      (findDataset(machine, device.path.slice('zvol/'.length))?.blockKib ?? blockKib) * 1024
    return { physical: bytes, minimum: bytes, optimal: bytes, discard: bytes }
  }
  if (device.type !== 'lvm' || !isThin(machine, device)) return plain
  const chunk = blockKib * 1024
  return { physical: 512, minimum: chunk, optimal: chunk, discard: chunk }
}

function isThin(machine: Machine, device: BlockDevice): boolean {
  const [group = '', volume = ''] = device.path.split('/')
  return machine.groups.get(group)?.volumes.get(volume)?.pool !== undefined
}

function drbdLinks(machine: Machine, minor: number): string[] {
  const device = machine.kernel?.minors.get(minor)
  if (!device) return []
  for (const resource of machine.kernel?.resources.values() ?? []) {
    for (const [number, each] of resource.devices) {
      if (each === device) return [`drbd/by-res/${resource.name}/${number}`]
    }
  }
  return []
}

function volumeLinks(machine: Machine, path: string): string[] {
  for (const group of machine.groups.values()) {
    for (const { device, name, active } of group.volumes.values()) {
      if (!active || !path.endsWith(`/b${numberOf(device)}`)) continue
      const mapped = `${group.name.replaceAll('-', '--')}-${name.replaceAll('-', '--')}`
      return [`mapper/${mapped}`, `${group.name}/${name}`]
    }
  }
  return []
}
