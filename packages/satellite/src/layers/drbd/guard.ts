/** Says no before anything is touched that DRBD runs or configures for somebody else. */
import type { DesiredResource, DesiredVolume } from '@varve/events'
import type { Inventory } from '../../core/inventory.ts'
import { cachedDevice } from '../cache/names.ts'
import { mappingDevice } from '../luks/names.ts'
import type { KernelResource } from './parse.ts'
import { backupPath, resPath } from './paths.ts'

/** A sentence why this resource must not be touched; undefined when nothing is in the way. */
export function foreignDrbd(document: DesiredResource, inventory: Inventory): string | undefined {
  const { resource } = document
  const minors = new Map(
    document.volumes.flatMap((volume) => (volume.drbd ? [[volume.drbd.minor, volume]] : [])),
  )
  for (const foreign of inventory.foreign) {
    if (foreign.resources.includes(resource)) {
      return `${foreign.file} already defines a DRBD resource ${resource}, which is not Varve's`
    }
    const minor = foreign.minors.find((m) => minors.has(m))
    if (minor !== undefined) {
      return `${foreign.file} already uses DRBD minor ${minor}, which is not Varve's`
    }
  }
  for (const minor of minors.keys()) {
    const user = inventory.drbd.minors.get(minor)?.find((name) => name !== resource)
    if (user !== undefined) return `DRBD minor ${minor} is in use by the resource ${user}`
  }
  if (isOurDrbd(document, inventory)) return undefined
  return `a DRBD resource ${resource} that Varve did not configure is up on this node`
}

/** False when a DRBD resource of this name is up that somebody else made. */
export function isOurDrbd(document: DesiredResource, inventory: Inventory): boolean {
  const kernel = inventory.drbd.resources.get(document.resource)
  return !kernel || isOurs(document, kernel, inventory)
}

/**
 * Ours is what our file configures. Without one (our directory was lost) it is what has our name
 * and exactly our volumes, minors and, as far as DRBD tells, backing devices.
 */
function isOurs(document: DesiredResource, kernel: KernelResource, inventory: Inventory): boolean {
  const { resource, volumes } = document
  if (inventory.files.has(resPath(resource)) || inventory.files.has(backupPath(resource))) {
    return true
  }
  // Without any volume it is what an adjust left that failed half-way.
  const found = [...kernel.volumes.values()]
  return found.every((volume) => {
    const wanted = volumes.find((v) => v.number === volume.number)
    const isSameDevice =
      volume.backing === undefined || hasObject(wanted, volume.backing, inventory)
    return wanted?.drbd?.minor === volume.minor && isSameDevice
  })
}

function hasObject(
  wanted: DesiredVolume | undefined,
  device: string,
  inventory: Inventory,
): boolean {
  if (wanted?.cache) return device === cachedDevice(wanted)
  if (wanted?.luks && wanted.storage) return device === mappingDevice(wanted.storage.name)
  const object = [...inventory.objects.values()].find((o) => o.device === device)
  return object?.owner !== undefined && object.owner === wanted?.storage?.owner
}
