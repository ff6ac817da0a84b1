/** Backing objects beside a volume's data: which there are, and why one cannot be used. Pure. */
import type { DesiredStorage, DesiredVolume } from '@varve/events'
import type { StorageProvider } from '../storage/provider.ts'
import { providerOf } from '../storage/table.ts'
import type { BackingObject, Inventory } from './inventory.ts'
import type { Obstacle } from './problem.ts'
import type { Step } from './step.ts'

export type LocatedCompanion = {
  readonly storage: DesiredStorage
  readonly provider: StorageProvider
  readonly object: BackingObject | undefined
}

/** Caches first, in the order in which they are made. */
export function companionStorages({ cache, metadata }: DesiredVolume): DesiredStorage[] {
  const ofCache =
    cache?.kind === 'cache' ? [cache.cache, cache.metadata] : cache ? [cache.cache] : []
  return metadata ? [...ofCache, metadata] : ofCache
}

export function locateCompanions(volume: DesiredVolume, inventory: Inventory): LocatedCompanion[] {
  return companionStorages(volume).flatMap((storage) => {
    const provider = providerOf(storage.provider)
    if (!provider) return []
    return [{ storage, provider, object: inventory.objects.get(provider.locate(storage).key) }]
  })
}

const closedFor = 'the volume stays closed, since what was written last may have been on it alone'

/**
 * Why the volume cannot be used with what it has beside its data; undefined when it can. Once the
 * data has been handed to somebody, what is missing beside it is never made again: a cache may have
 * been the only place of what was written last, and external metadata of what is out of sync.
 */
export function companionProblem(
  volume: DesiredVolume,
  data: BackingObject | undefined,
  inventory: Inventory,
): Obstacle | undefined {
  const isInUse = data?.isNew === false
  if (isInUse && inventory.bereft.has(data.name)) {
    return {
      reason: `${data.key} has lost its cache: ${closedFor}, and no new cache is made over it`,
      problem: 'companion-gone',
    }
  }
  for (const storage of companionStorages(volume)) {
    const provider = providerOf(storage.provider)
    if (!provider) return { reason: `this satellite has no provider ${storage.provider}` }
    const { place, key } = provider.locate(storage)
    const what = `${key}, which volume ${volume.number} has beside its data,`
    const where = inventory.places.get(place) ?? {
      state: 'unknown',
      reason: 'it was not looked at',
    }
    if (where.state === 'unknown') {
      return { reason: `${what} cannot be looked for: ${where.reason}`, problem: 'pool-unreadable' }
    }
    const object = where.state === 'missing' ? undefined : inventory.objects.get(key)
    if (object && object.owner !== storage.owner) {
      const whose = object.owner === undefined ? 'carries no mark of Varve' : `is ${object.owner}'s`
      return { reason: `${what} exists but ${whose}, so it is left alone`, problem: 'foreign' }
    }
    if (where.state === 'missing' && !isInUse) {
      const reason = `${what} cannot be made: ${place} of pool ${storage.pool} is not there`
      return { reason, problem: 'pool-missing' }
    }
    if (isInUse && (!object || object.isNew)) {
      const state = object ? 'was never made ready' : 'is not there'
      return {
        reason: `${what} ${state}: ${closedFor}`,
        problem: 'companion-gone',
      }
    }
  }
  return undefined
}

/** What is missing or without a device; only for volumes that `companionProblem` has nothing on. */
export function companionSteps(companions: readonly LocatedCompanion[]): Step[] {
  return companions.flatMap(({ storage, provider, object }) => {
    if (!object) return provider.create(storage)
    return object.device === undefined ? provider.activate(storage) : []
  })
}

/** Of a cache that its own tool makes, and not where it finds something; others are zeroed. */
export function cleanCache(
  { cache }: DesiredVolume,
  companions: readonly LocatedCompanion[],
): Step[] {
  if (cache?.kind !== 'bcache') return []
  const found = companions.find(({ storage }) => storage.name === cache.cache.name)
  return found ? found.provider.clean(found.storage) : []
}

export function settleCompanions(companions: readonly LocatedCompanion[]): Step[] {
  return companions.flatMap(({ storage, provider, object }) =>
    object?.isNew ? provider.settle(storage) : [],
  )
}

/** After the data: an orphaned companion is harmless, data without its companion is not. */
export function removeCompanions(companions: readonly LocatedCompanion[]): Step[] {
  return companions.flatMap(({ storage, provider, object }) =>
    object?.owner === storage.owner ? provider.remove(storage, object) : [],
  )
}
