/** Between storage and what is above it: which steps a cached volume needs next. Pure. */
import { bcacheHeaderKib, type DesiredVolume } from '@varve/events'
import type { LocatedCompanion } from '../../core/companions.ts'
import { type CachedMapping, cachedPlace, type Inventory } from '../../core/inventory.ts'
import type { Step } from '../../core/step.ts'
import {
  bcacheObstacle,
  growBcache,
  newBcache,
  openBcache,
  openBcacheOf,
  removeBcache,
} from '../bcache/plan.ts'
import { cachedName, cachedUuid } from './names.ts'
import {
  type CachedVolume,
  cachedKib,
  type DmVolume,
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
  return volume.cache?.kind === 'bcache'
    ? openBcacheOf(volume, inventory)
    : dmMappingOf(volume, inventory)
}

function dmMappingOf(volume: DesiredVolume, inventory: Inventory) {
  const mapping = sameNameOf(volume, inventory)
  return mapping && volume.storage && mapping.uuid === cachedUuid(volume.storage)
    ? mapping
    : undefined
}

function sameNameOf({ cache, storage }: DesiredVolume, inventory: Inventory) {
  if (!cache || !storage || cache.kind === 'bcache') return undefined
  const seen = inventory.cached.get(cachedName(cache.kind, storage.name))
  return seen?.kind === 'bcache' ? undefined : seen
}

/** Why nothing may be done about the device; undefined when nothing is in the way. */
export function cachedObstacle(volume: DesiredVolume, inventory: Inventory): string | undefined {
  if (!volume.cache) return undefined
  // What it would be made of has no cache, and gets none.
  if (volume.storage?.from) return 'a volume that begins as a snapshot cannot be cached'
  const where = inventory.places.get(cachedPlace)
  if (where?.state === 'unknown') return `caches cannot be looked at: ${where.reason}`
  if (volume.cache.kind === 'bcache') return bcacheObstacle(volume, inventory)
  const mapping = sameNameOf(volume, inventory)
  if (!mapping || dmMappingOf(volume, inventory)) return undefined
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

const isDm = (cached: CachedVolume): cached is DmVolume => cached.cache.kind !== 'bcache'

/** For an object that nobody has used yet; begun again after a crash. */
export function newCached(
  volume: DesiredVolume,
  cached: CachedVolume,
  clean: readonly Step[],
  inventory: Inventory,
): Step[] {
  return isDm(cached)
    ? [...clean, ...newCacheSteps(cached)]
    : newBcache(volume, cached, clean, inventory)
}

/** Opens what is closed, wakes what is suspended. */
export function openCached(
  volume: DesiredVolume,
  cached: CachedVolume,
  inventory: Inventory,
): Step[] {
  if (!isDm(cached)) return openBcache(volume, cached, inventory)
  const mapping = dmMappingOf(volume, inventory)
  if (!mapping) return openSteps(cached)
  return mapping.isSuspended ? [resumeStep(mapping.name, 'input and output must go on')] : []
}

export function growCached(
  volume: DesiredVolume,
  cached: CachedVolume,
  inventory: Inventory,
): Step[] {
  if (!isDm(cached)) return growBcache(volume, cached.dataKib - bcacheHeaderKib, inventory)
  const mapping = dmMappingOf(volume, inventory)
  return mapping && mapping.sizeKib < cachedKib(cached.dataKib) ? resizeSteps(cached, mapping) : []
}

/** The device goes first and alone; the next look shows that nothing holds its parts any more. */
export function removeCached(
  volume: DesiredVolume,
  cached: CachedVolume | undefined,
  inventory: Inventory,
): Step[] {
  if (volume.cache?.kind === 'bcache') return removeBcache(volume, inventory)
  const mapping = dmMappingOf(volume, inventory)
  return mapping ? removeSteps(cached && isDm(cached) ? cached : undefined, mapping) : []
}
