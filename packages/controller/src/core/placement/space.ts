/** How much a storage pool can still promise (reference 5). */
import {
  controllerProps,
  firstOf,
  keyOf,
  nameKey,
  type ObservedPool,
  type ObservedView,
  type Provider,
  parseSizeKib,
  type State,
  type StoragePool,
  thinProviders,
} from '@varve/events'

/** Thin pools may promise more than they have, by default 20 times. */
const thinRatio = 20

/**
 * Room in KiB, rounded down, never negative; undefined while the satellite has not reported both
 * free and total space. Infinite for diskless pools.
 */
export function usableKib(
  state: State,
  observed: ObservedView,
  pool: StoragePool,
): number | undefined {
  if (pool.provider === 'DISKLESS') return Number.POSITIVE_INFINITY
  const seen = observed.pool(pool.node, pool.name)
  return estimateKib(state, pool, seen, reservedKib(state, pool))
}

/** The same for a caller that has the observation and the reserved space already. */
export function estimateKib(
  state: State,
  pool: StoragePool,
  seen: ObservedPool | undefined,
  reserved: number,
): number | undefined {
  if (seen?.freeKib === undefined || seen.totalKib === undefined) return undefined
  const chain = [
    pool.props,
    state.poolDefinitions.get(nameKey(pool.name))?.props,
    controllerProps(state),
  ]
  const most = ratio(firstOf('MaxOversubscriptionRatio', chain)) ?? normalRatio(pool.provider)
  const free = ratio(firstOf('MaxFreeCapacityOversubscriptionRatio', chain)) ?? most
  const total = ratio(firstOf('MaxTotalCapacityOversubscriptionRatio', chain)) ?? most
  const room = Math.min(seen.freeKib * free, seen.totalKib * total - reserved)
  return Math.max(0, Math.floor(room))
}

/**
 * Promised space of the pool, or of all pools that share its space: those draw from one free
 * space. `shared` remembers the sums of shared spaces during one placement.
 */
export function reservedKib(
  state: State,
  pool: StoragePool,
  shared: Map<string, number> = new Map(),
): number {
  const space = pool.sharedSpace
  if (space === undefined) return promisedKib(state, pool)
  const known = shared.get(space)
  if (known !== undefined) return known
  let sum = 0
  for (const other of state.pools.values()) {
    if (other.sharedSpace === space) sum += promisedKib(state, other)
  }
  shared.set(space, sum)
  return sum
}

/**
 * `Autoplacer/MinThinFreeSpace`: least room of a thin pool that may get more. `10%` is a share of
 * the total, other values are sizes (KiB without a unit); what is neither counts as the default.
 */
export function minThinFreeKib(text: string | undefined, totalKib: number): number {
  const percent = text?.endsWith('%') ? Number(text.slice(0, -1)) : Number.NaN
  if (percent >= 0) return (totalKib * percent) / 100
  const size = text === undefined ? undefined : parseSizeKib(text)
  return size ?? totalKib / 10
}

function promisedKib(state: State, pool: StoragePool): number {
  return state.poolUsage.get(keyOf(pool.node, pool.name))?.reservedKib ?? 0
}

function normalRatio(provider: Provider): number {
  return thinProviders.has(provider) ? thinRatio : 1
}

function ratio(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const value = Number(text)
  return Number.isFinite(value) && value >= 0 ? value : undefined
}
