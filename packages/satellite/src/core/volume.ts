/** One volume from nothing to a device that may be used, and from one size to a larger one. Pure. */
import type { DesiredLuks, DesiredStorage, DesiredVolume, PresentResource } from '@varve/events'
import { cachedDevice } from '../layers/cache/names.ts'
import {
  cachedMappingOf,
  cachedVolume,
  growCached,
  newCached,
  openCached,
} from '../layers/cache/plan.ts'
import { createMetadata } from '../layers/drbd/metadata.ts'
import { is84, isAttachedNow } from '../layers/drbd/steps.ts'
import { mappingDevice } from '../layers/luks/names.ts'
import { closeOwn, mappingOf, newLuks, openOrGrow, rekey } from '../layers/luks/plan.ts'
import type { LuksVolume } from '../layers/luks/steps.ts'
import { restoredSteps, restoreSteps } from '../snapshots/restore.ts'
import { cleanCache, companionSteps, settleCompanions } from './companions.ts'
import type { BackingObject, Inventory } from './inventory.ts'
import { besideProblem, type Located } from './located.ts'
import { isShrinking, shrinkSteps } from './shrink.ts'
import type { Step } from './step.ts'

/**
 * 8.4's metadata names the device's real size, so that must have been seen first; and so must what
 * begins as a snapshot, since it has the snapshot's size and may lack metadata, and what has
 * something beside its data.
 */
export function isHalfMade(inventory: Inventory): (item: Located) => boolean {
  return ({ object, storage, volume, companions }) =>
    (object === undefined &&
      (storage.from !== undefined || (volume.drbd !== undefined && is84(inventory)))) ||
    (companions.length > 0 && object?.isNew !== false)
}

export function storageSteps(
  document: PresentResource,
  item: Located,
  inventory: Inventory,
): Step[] {
  const { volume, storage, provider, object, companions } = item
  // Space that could not be encrypted is not taken yet.
  if (!object && volume.luks?.key.state === 'unavailable') return []
  if (companions.length > 0 && besideProblem(item, inventory) !== undefined) return []
  const beside = companionSteps(companions)
  if (!object) {
    // Its disk was replaced under it: the mapping that is still open leads nowhere and holds the name.
    const stale = closeOwn(volume, inventory)
    if (stale.length > 0) return stale
    const isBlind = provider.device(storage) === undefined || isHalfMade(inventory)(item)
    const made = storage.from ? restoreSteps(storage, storage.from) : provider.create(storage)
    if (isBlind) return [...made, ...beside]
    return [...made, ...newSteps(document, item, storage.sizeKib, inventory)]
  }
  if (object.device === undefined) return [...provider.activate(storage), ...beside]
  if (beside.length > 0) return beside
  const opened = { ...object, device: object.device }
  return object.isNew
    ? newSteps(document, item, object.sizeKib, inventory)
    : usedSteps(document, { ...item, object: opened }, inventory)
}

/** What has been handed to somebody is opened and grown, and nothing else. */
function usedSteps(
  document: PresentResource,
  item: Located & { readonly object: BackingObject & { readonly device: string } },
  inventory: Inventory,
): Step[] {
  const { volume, storage, provider, object, companions } = item
  // Growing moves the place where DRBD looks for its metadata: only DRBD itself can move it along.
  const kernel = inventory.drbd.resources.get(document.resource)
  const isAtRest = document.drbd !== undefined && !isAttachedNow(kernel, volume.number)
  const luks = volume.luks && luksVolume(document, volume, storage, volume.luks)
  const mapping = mappingOf(volume, inventory)
  const changed = luks ? rekey(volume, luks, object.device, inventory) : []
  if (changed.length > 0) return changed
  if (luks && !mapping) return openOrGrow(luks, object, mapping)
  const cached = cachedVolume(volume, object, companions)
  const opening = cached ? openCached(volume, cached, inventory) : []
  if (opening.length > 0 || isAtRest) return opening
  const shrink = shrinkSteps(item, luks, inventory)
  if (shrink.length > 0 || isShrinking(item)) return shrink
  const grow = provider.grow(storage, object)
  if (grow.length > 0) return grow
  if (cached) return growCached(volume, cached, inventory)
  return luks ? openOrGrow(luks, object, mapping) : []
}

function luksVolume(
  { resource }: PresentResource,
  { number }: DesiredVolume,
  storage: DesiredStorage,
  luks: DesiredLuks,
): LuksVolume {
  return { resource, number, storage, luks }
}

/** From a raw new object to one that may be used. */
function newSteps(
  document: PresentResource,
  item: Located,
  deviceKib: number,
  inventory: Inventory,
): Step[] {
  const { volume, storage, provider, object, companions } = item
  const device = object?.device ?? provider.device(storage)
  if (device === undefined) return []
  if (object && storage.from) return restoredSteps(document, { ...item, object }, device, inventory)
  const grow = object ? provider.grow(storage, object) : []
  // What is too small is not formatted yet.
  if (grow.length > 0) return grow
  const settle = [...settleCompanions(companions), ...provider.settle(storage)]
  // Cannot be, since the mark goes before the first attach; but what is attached is never formatted.
  const kernel = inventory.drbd.resources.get(document.resource)
  if (isAttachedNow(kernel, volume.number)) return settle
  const mapping = mappingOf(volume, inventory)
  if (volume.luks && !mapping) {
    const luks = luksVolume(document, volume, storage, volume.luks)
    return newLuks(luks, device, provider.clean(storage))
  }
  const open = cachedMappingOf(volume, inventory)
  const cached = object && cachedVolume(volume, object, companions)
  if (cached && !open) {
    const clean = [...provider.clean(storage), ...cleanCache(volume, companions)]
    return newCached(volume, cached, clean, inventory)
  }
  if (cached && open) {
    const late = [
      ...openCached(volume, cached, inventory),
      ...growCached(volume, cached, inventory),
    ]
    if (late.length > 0) return late
  }
  const top = mapping ? mappingDevice(storage.name) : open ? cachedDevice(volume) : device
  const metadata = metadataSteps(document, item, {
    device: top ?? device,
    deviceKib: mapping?.sizeKib ?? open?.sizeKib ?? deviceKib,
    is84: is84(inventory),
  })
  // Under an open mapping there is a header or a cache now, which wiping would take away.
  const clean = mapping || open ? [] : provider.clean(storage)
  return [...clean, ...metadata, ...settle]
}

function metadataSteps(
  { resource, drbd }: PresentResource,
  { volume, companions }: Located,
  on: { readonly device: string; readonly deviceKib: number; readonly is84: boolean },
): Step[] {
  if (!drbd || !volume.drbd) return []
  const external = companions.find(({ storage }) => storage.name === volume.metadata?.name)
  const device = external?.object?.device
  const apart =
    external && device !== undefined
      ? { device, sizeKib: external.object?.sizeKib ?? 0 }
      : undefined
  return [
    ...(external ? external.provider.clean(external.storage) : []),
    ...createMetadata({
      resource,
      volume: { ...volume, drbd: volume.drbd },
      drbd,
      ...on,
      ...(apart ? { external: apart } : {}),
    }),
  ]
}
