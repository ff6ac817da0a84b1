// The node's disks, and disks that can be made to fail: a dm-linear device over the raw disk which is
// switched to the error target and back. It starts one MiB in, so that LVM scanning the raw disk does
// not find the same physical volume twice.
import { ubdName } from './uml.ts'

export type Disk = {
  /** 1, 2, … */
  index: number
  /** The kernel's disk, e.g. /dev/ubdb. */
  raw: string
  /** What to build upon: the raw disk, or /dev/mapper/diskN once it is failable. */
  path: string
  mib: number
  image: string
  /** Another node's image: the kernel takes no lock on it. */
  isShared?: true
}

/** Its word on the kernel's line and in its console: `ubdb=disk1.img`, shared ones with a `c`. */
export function ubdWord({ index, isShared }: Disk, image: string): string {
  return `${ubdName(index)}${isShared ? 'c' : ''}=${image}`
}

export function newDisk(index: number, mib: number): Disk {
  const raw = `/dev/${ubdName(index)}`
  return { index, raw, path: raw, mib, image: `disk${index}.img` }
}

export function isFailable(disk: Disk): boolean {
  return disk.path !== disk.raw
}

export function mapperName(disk: Disk): string {
  return `disk${disk.index}`
}

const offsetSectors = 2048

/** The dm table of a healthy (`linear`) or a dead (`error`) disk, in sectors of 512 bytes. */
export function tableOf(disk: Disk, target: 'linear' | 'error'): string {
  const sectors = disk.mib * 2048 - offsetSectors
  return target === 'error'
    ? `0 ${sectors} error`
    : `0 ${sectors} linear ${disk.raw} ${offsetSectors}`
}

/** A script that makes the failable device; refuses a disk that already holds something. */
export function makeFailableScript(disk: Disk, isNew: boolean): string {
  const guard = `test -z "$(wipefs --noheadings ${disk.raw})"\n`
  return `${isNew ? guard : ''}modprobe dm-mod
dmsetup create ${mapperName(disk)} --table '${tableOf(disk, 'linear')}'`
}

/** A script that swaps the table under a device in use, without waiting for its outstanding writes. */
export function swapTableScript(disk: Disk, target: 'linear' | 'error'): string {
  const name = mapperName(disk)
  return `dmsetup suspend --noflush --nolockfs ${name}
dmsetup load ${name} --table '${tableOf(disk, target)}'
dmsetup resume ${name}`
}
