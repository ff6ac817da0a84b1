/** How much a storage pool can still promise (reference 5). */
import { type Provider, thinProviders } from './kinds.ts'
import { keyOf, nameKey } from './names.ts'
import type { ObservedView } from './observed-view.ts'
import { firstOf } from './property/inherit.ts'
import { controllerProps } from './state/lookup.ts'
import type { PoolUsage, StoragePool } from './state/records.ts'
import type { State } from './state/state.ts'
import { parseSizeKib } from './units.ts'

/** Thin pools may promise more than they have, by default 20 times. */
const thinRatio = 20

/** A pool's space, KiB; undefined parts are not known. Endless for diskless pools. */
export type Space = {
  /** Reported free space, less what volumes on their way will take of a thick pool. */
  readonly freeKib: number | undefined
  readonly totalKib: number | undefined
  /** Of a thin pool, as far as it was told. */
  readonly metadataPercent: number | undefined
  /** Room for promises, rounded down, never negative. */
  readonly roomKib: number | undefined
  /** Promised by this pool, or by all pools that share its space: those draw from one. */
  readonly reservedKib: number
  /** Resources that have volumes in this very pool. */
  readonly resources: number
}

/** What there is to know of a pool before asking how full it is. */
export type Standing = {
  readonly pool: StoragePool
  /** Its key in the table of what pools have promised. */
  readonly usageKey: string
  readonly ratios: Ratios
}

export function standingOf(state: State, pool: StoragePool): Standing {
  return { pool, usageKey: keyOf(pool.node, pool.name), ratios: ratiosOf(state, pool) }
}

/** Of one pool, for placements by hand. */
export function spaceOf(state: State, observed: ObservedView, pool: StoragePool): Space {
  return measureSpace(state, observed, standingOf(state, pool))
}

/** `shared` remembers the sums of shared spaces during one placement. */
export function measureSpace(
  state: State,
  observed: ObservedView,
  { pool, usageKey, ratios }: Standing,
  shared: Map<string, Promised> = new Map(),
): Space {
  if (pool.provider === 'DISKLESS') return endlessSpace
  const usage = state.poolUsage.get(usageKey) ?? nothing
  const { resources } = usage
  const { reservedKib, pendingKib } = promisedBy(state, pool, { usage, shared })
  const { freeKib, totalKib, metadataPercent } = observed.pool(pool.node, pool.name) ?? {}
  if (freeKib === undefined || totalKib === undefined) {
    return { freeKib, totalKib, metadataPercent, roomKib: undefined, reservedKib, resources }
  }
  // Volumes of a thin pool take nothing when they come to be, but when they are written.
  const left = thinProviders.has(pool.provider) ? freeKib : Math.max(0, freeKib - pendingKib)
  const room = Math.min(left * ratios.free, totalKib * ratios.total - reservedKib)
  const roomKib = Math.max(0, Math.floor(room))
  return { freeKib: left, totalKib, metadataPercent, roomKib, reservedKib, resources }
}

const endless = Number.POSITIVE_INFINITY
const endlessSpace: Space = {
  freeKib: endless,
  totalKib: endless,
  metadataPercent: undefined,
  roomKib: endless,
  reservedKib: 0,
  resources: 0,
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

export type Promised = Pick<PoolUsage, 'reservedKib' | 'pendingKib'>
type Usage = Promised & Pick<PoolUsage, 'resources'>
const nothing: Usage = { reservedKib: 0, pendingKib: 0, resources: 0 }

function promisedBy(
  state: State,
  pool: StoragePool,
  { usage: own, shared }: { readonly usage: Usage; readonly shared: Map<string, Promised> },
): Promised {
  const space = pool.sharedSpace
  if (space === undefined) return own
  const known = shared.get(space)
  if (known !== undefined) return known
  let { reservedKib, pendingKib } = nothing
  for (const other of state.pools.values()) {
    if (other.sharedSpace !== space) continue
    const usage = state.poolUsage.get(keyOf(other.node, other.name)) ?? nothing
    reservedKib += usage.reservedKib
    pendingKib += usage.pendingKib
  }
  const sum = { reservedKib, pendingKib }
  shared.set(space, sum)
  return sum
}

type Ratios = { readonly free: number; readonly total: number }

/** Storage pool before its definition before the controller (reference 5). */
function ratiosOf(state: State, pool: StoragePool): Ratios {
  const chain = [
    pool.props,
    state.poolDefinitions.get(nameKey(pool.name))?.props,
    controllerProps(state),
  ]
  const most = ratio(firstOf('MaxOversubscriptionRatio', chain)) ?? normalRatio(pool.provider)
  return {
    free: ratio(firstOf('MaxFreeCapacityOversubscriptionRatio', chain)) ?? most,
    total: ratio(firstOf('MaxTotalCapacityOversubscriptionRatio', chain)) ?? most,
  }
}

function normalRatio(provider: Provider): number {
  return thinProviders.has(provider) ? thinRatio : 1
}

function ratio(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const value = Number(text)
  return Number.isFinite(value) && value >= 0 ? value : undefined
}
