/** Volumes of a document together with what the inventory has of them. */
import type { DesiredStorage, DesiredVolume } from '@varve/events'
import { cachedDevice } from '../layers/cache/names.ts'
import {
  cachedMappingOf,
  cachedObstacle,
  cachedVolume,
  removeCached,
} from '../layers/cache/plan.ts'
import type { KernelResource } from '../layers/drbd/parse.ts'
import { isAttachedNow } from '../layers/drbd/steps.ts'
import { mappingDevice } from '../layers/luks/names.ts'
import { closeOwn, keyProblem, mappingOf, removeLuks } from '../layers/luks/plan.ts'
import type { StorageProvider } from '../storage/provider.ts'
import { providerOf } from '../storage/table.ts'
import {
  companionProblem,
  type LocatedCompanion,
  locateCompanions,
  removeCompanions,
} from './companions.ts'
import type { BackingObject, Inventory } from './inventory.ts'
import type { Obstacle } from './problem.ts'
import { remove, type Step } from './step.ts'

export type Located = {
  readonly volume: DesiredVolume
  readonly storage: DesiredStorage
  readonly provider: StorageProvider
  readonly object: BackingObject | undefined
  /** What it has beside its data; none of most volumes. */
  readonly companions: readonly LocatedCompanion[]
}

export function locateAll(volumes: readonly DesiredVolume[], inventory: Inventory): Located[] {
  return volumes.flatMap((volume) => {
    const provider = volume.storage && providerOf(volume.storage.provider)
    if (!volume.storage || !provider) return []
    const object = inventory.objects.get(provider.locate(volume.storage).key)
    const companions = locateCompanions(volume, inventory)
    return [{ volume, storage: volume.storage, provider, object, companions }]
  })
}

/** What DRBD, or the user, is to open: of an encrypted or cached volume its mapping once it is there. */
export function deviceOf(
  { volume, storage, provider, object }: Located,
  inventory: Inventory,
): string | undefined {
  if (volume.luks) return mappingOf(volume, inventory) && mappingDevice(storage.name)
  if (volume.cache) return cachedMappingOf(volume, inventory) && cachedDevice(volume)
  return object ? object.device : provider.device(storage)
}

/** Why nothing is done about the volume's caches and external metadata. */
export function besideProblem(
  { volume, object }: Located,
  inventory: Inventory,
): Obstacle | undefined {
  const reason = cachedObstacle(volume, inventory)
  return (
    companionProblem(volume, object, inventory) ?? (reason === undefined ? undefined : { reason })
  )
}

/** All else is done by then: why a volume is not as it shall be, or is closed. */
export function volumeProblem(item: Located, inventory: Inventory): Obstacle | undefined {
  const reason = keyProblem(item.volume, inventory)
  return reason === undefined ? besideProblem(item, inventory) : { reason }
}

/** In use before, and closed now for want of a key, of its cache or of its metadata. */
export function isShut(
  inventory: Inventory,
  kernel: KernelResource | undefined,
): (item: Located) => boolean {
  return (item) => {
    const { volume, object } = item
    if (object?.isNew !== false) return false
    if (volume.luks?.key.state === 'unavailable' && !mappingOf(volume, inventory)) return true
    // What is attached has all that it needs, whatever could not be looked at.
    return !isAttachedNow(kernel, volume.number) && besideProblem(item, inventory) !== undefined
  }
}

export function withoutStorage(volume: DesiredVolume): DesiredVolume {
  const { storage: _, luks: __, cache: ___, metadata: ____, ...rest } = volume
  return rest
}

/** A mapping holds its storage, so it goes first and alone. Empty: nothing of it is open. */
export function closeSteps(item: Located, inventory: Inventory): Step[] {
  const { volume, storage, provider, object } = item
  if (object?.owner !== storage.owner) return []
  const above = closeOwn(volume, inventory)
  if (above.length > 0) return above
  return object.device === undefined ? [] : provider.deactivate(storage, object)
}

/** A mapping holds its storage, so it goes first and alone; then data, and what was beside it. */
export function takeAway(item: Located, inventory: Inventory): Step[] {
  if (item.storage.shared?.keep) return closeSteps(item, inventory)
  const { volume, storage, provider, object, companions } = item
  const isOurs = object?.owner === storage.owner
  const isWhole = isOurs && companions.every((each) => each.object?.owner === each.storage.owner)
  const cached = isWhole ? cachedVolume(volume, object, companions) : undefined
  const closing = removeCached(volume, cached, inventory)
  if (closing.length > 0) return closing
  const beside = removeCompanions(companions)
  if (!object) return [...takeMark(item, inventory), ...beside]
  if (!isOurs) return beside
  const device = storage.shared && provider.device(storage)
  const opened = device === undefined ? undefined : { device, steps: provider.activate(storage) }
  const { steps, isClosed } = removeLuks(volume, object, inventory, opened)
  return isClosed ? [...steps, ...provider.remove(storage, object), ...beside] : steps
}

/** What was to be made was given up before it came: its mark would lie about for ever. */
function takeMark({ storage, provider }: Located, inventory: Inventory): Step[] {
  const mark = provider.mark && inventory.objects.get(provider.mark(storage))
  return mark?.owner === storage.owner ? [remove(mark.key, 'what it marks never came')] : []
}
