/** Volumes of a document together with what the inventory has of them. */
import type { DesiredStorage, DesiredVolume } from '@varve/events'
import { mappingDevice } from '../layers/luks/names.ts'
import { mappingOf, removeLuks } from '../layers/luks/plan.ts'
import type { StorageProvider } from '../storage/provider.ts'
import { providerOf } from '../storage/table.ts'
import type { BackingObject, Inventory } from './inventory.ts'
import type { Step } from './step.ts'

export type Located = {
  readonly volume: DesiredVolume
  readonly storage: DesiredStorage
  readonly provider: StorageProvider
  readonly object: BackingObject | undefined
}

export function locateAll(volumes: readonly DesiredVolume[], inventory: Inventory): Located[] {
  return volumes.flatMap((volume) => {
    const provider = volume.storage && providerOf(volume.storage.provider)
    if (!volume.storage || !provider) return []
    const object = inventory.objects.get(provider.locate(volume.storage).key)
    return [{ volume, storage: volume.storage, provider, object }]
  })
}

/** What DRBD, or the user, is to open: the mapping of an encrypted volume once it is there. */
export function deviceOf(
  { volume, storage, provider, object }: Located,
  inventory: Inventory,
): string | undefined {
  if (volume.luks) return mappingOf(volume, inventory) && mappingDevice(storage.name)
  return object ? object.device : provider.device(storage)
}

/** In use before, and closed now for want of a key. */
export function isShut(inventory: Inventory): (item: Located) => boolean {
  return ({ volume, object }) =>
    volume.luks?.key.state === 'unavailable' &&
    object?.isNew === false &&
    mappingOf(volume, inventory) === undefined
}

export function withoutStorage(volume: DesiredVolume): DesiredVolume {
  const { storage: _, luks: __, ...rest } = volume
  return rest
}

/** A mapping holds its storage, so it goes first and alone. */
export function takeAway(
  { volume, storage, provider, object }: Located,
  inventory: Inventory,
): Step[] {
  if (!object) return []
  const { steps, isClosed } = removeLuks(volume, object, inventory)
  return isClosed ? [...steps, ...provider.remove(storage, object)] : steps
}
