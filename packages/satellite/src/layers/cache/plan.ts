/** Between storage and what is above it: which steps a cached volume needs next. Pure. */
import type { DesiredVolume } from '@varve/events'
import type { LocatedCompanion } from '../../core/companions.ts'
import { type CachedMapping, cachedPlace, type Inventory } from '../../core/inventory.ts'
import type { Step } from '../../core/step.ts'
import { cachedName, cachedUuid } from './names.ts'
import {
  type CachedVolume,
  cachedKib,
  newCacheSteps,
  openSteps,
  removeSteps,
  resizeSteps,
  resumeStep,
} from './steps.ts'

/** The open device of a cached volume; undefined when it is closed, not ours or not cached. */
export function cachedMappingOf(
  volume: DesiredVolume,
  inventory: Inventory,
): CachedMapping | undefined {
  const mapping = sameNameOf(volume, inventory)
  return mapping && volume.storage && mapping.uuid === cachedUuid(volume.storage)
    ? mapping
    : undefined
}

function sameNameOf({ cache, storage }: DesiredVolume, inventory: Inventory) {
  return cache && storage ? inventory.cached.get(cachedName(cache.kind, storage.name)) : undefined
}

/** Why nothing may be done about the device; undefined when nothing is in the way. */
export function cachedObstacle(volume: DesiredVolume, inventory: Inventory): string | undefined {
  if (!volume.cache) return undefined
  // What it would be made of has no cache, and gets none.
  if (volume.storage?.from) return 'a volume that begins as a snapshot cannot be cached'
  const where = inventory.places.get(cachedPlace)
  if (where?.state === 'unknown') return `device-mapper cannot be asked: ${where.reason}`
  const mapping = sameNameOf(volume, inventory)
  if (!mapping || cachedMappingOf(volume, inventory)) return undefined
  return `/dev/mapper/${mapping.name} exists but is not this volume's, so it is left alone`
}

/** Undefined until all of its devices are there. */
export function cachedVolume(
  { cache, storage }: DesiredVolume,
  data: { readonly device?: string; readonly deviceKib?: number; readonly sizeKib: number },
  companions: readonly LocatedCompanion[],
): CachedVolume | undefined {
  if (!cache || !storage || data.device === undefined) return undefined
  const deviceOf = (name: string) =>
    companions.find((each) => each.storage.name === name)?.object?.device
  const cacheDevice = deviceOf(cache.cache.name)
  const metadataDevice = cache.kind === 'cache' ? deviceOf(cache.metadata.name) : undefined
  if (cacheDevice === undefined) return undefined
  if (cache.kind === 'cache' && metadataDevice === undefined) return undefined
  const dataKib = data.deviceKib ?? data.sizeKib
  return { storage, cache, data: data.device, dataKib, cacheDevice, metadataDevice }
}

/** For an object that nobody has used yet; begun again after a crash. */
export function newCached(cached: CachedVolume, clean: readonly Step[]): Step[] {
  return [...clean, ...newCacheSteps(cached)]
}

/** Opens what is closed, wakes what is suspended. */
export function openCached(
  volume: DesiredVolume,
  cached: CachedVolume,
  inventory: Inventory,
): Step[] {
  const mapping = cachedMappingOf(volume, inventory)
  if (!mapping) return openSteps(cached)
  return mapping.isSuspended ? [resumeStep(mapping.name, 'input and output must go on')] : []
}

export function growCached(
  volume: DesiredVolume,
  cached: CachedVolume,
  inventory: Inventory,
): Step[] {
  const mapping = cachedMappingOf(volume, inventory)
  return mapping && mapping.sizeKib < cachedKib(cached.dataKib) ? resizeSteps(cached, mapping) : []
}

/** The device goes first and alone; the next look shows that nothing holds its parts any more. */
export function removeCached(
  volume: DesiredVolume,
  cached: CachedVolume | undefined,
  inventory: Inventory,
): Step[] {
  const mapping = cachedMappingOf(volume, inventory)
  return mapping ? removeSteps(cached, mapping) : []
}
