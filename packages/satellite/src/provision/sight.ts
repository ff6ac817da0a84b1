/** What planning a device pool needs to see of the machine. */
import type { ObservedDevice, PhysicalDevice } from '@varve/events'
import type { BackingObject } from '../core/inventory.ts'

export type PhysicalVolume = {
  readonly path: string
  readonly uuid: string
  /** Empty: in none. */
  readonly group: string
  /** Owner mark of its volume group. */
  readonly groupOwner?: string
}

export type ZpoolSight = {
  readonly health: string
  readonly owner?: string
  /** What is in it beside itself: datasets and snapshots. */
  readonly inside: readonly string[]
}

export type ProvisionSight = {
  readonly devices: readonly ObservedDevice[]
  readonly physicalVolumes: readonly PhysicalVolume[]
  /** Of the volume group in question, those that users see. */
  readonly volumes: readonly BackingObject[]
  readonly zpool?: ZpoolSight
  /** Paths of devices and partitions that carry a ZFS label of the pool in question. */
  readonly labelled: readonly string[]
}

/**
 * The disk that was meant, wherever it is now. A serial number or WWN that it was known by must be
 * the same; without either, the path and the size are all that there is.
 */
export function findDisk(
  wanted: PhysicalDevice,
  devices: readonly ObservedDevice[],
): ObservedDevice | undefined {
  const { path, sizeKib, serial, wwn } = wanted
  const alike = devices.filter(
    (device) => device.sizeKib === sizeKib && device.serial === serial && device.wwn === wwn,
  )
  const isNamed = serial !== undefined || wwn !== undefined
  const [only, ...others] = alike
  if (isNamed && only && others.length === 0) return only
  return alike.find((device) => device.path === path)
}
