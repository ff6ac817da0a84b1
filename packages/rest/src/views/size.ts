/** How large volumes can get, and how much of them fits (reference 5, query-size-info). */
import {
  type Layer,
  limits,
  netOfBackingKib,
  poolOf,
  type StoragePool,
  spaceOf,
  thinProviders,
} from '@varve/events'
import type { World } from '@varve/projections'

export type Place = { readonly node: string; readonly pool: string }

/** Largest volume that the fullest of the places has room for, as its users will see it. */
export function largestKib(
  world: World,
  places: readonly Place[],
  layers: readonly Layer[],
): number {
  const rooms = poolsAt(world, places).map(
    (pool) => spaceOf(world.state, world.observed, pool).roomKib ?? 0,
  )
  const backing = rooms.length === 0 ? 0 : Math.min(...rooms)
  const net = netOfBackingKib(backing, { layers, peerSlots: limits.peerSlots.normal })
  return Math.max(0, Math.floor(net))
}

/**
 * Sum of what can be kept in so many replicas, each of them in another of the spaces, KiB. Greedy,
 * as LINSTOR has it: of three equal spaces two are filled, and the third is left over.
 */
export function spread(spacesKib: readonly number[], replicas: number): number {
  let left = spacesKib.filter((kib) => kib > 0)
  let sum = 0
  while (replicas > 0 && left.length >= replicas) {
    left.sort((a, b) => b - a)
    const part = left[replicas - 1] ?? 0
    sum += part
    left = left.map((kib, at) => (at < replicas ? kib - part : kib)).filter((kib) => kib > 0)
  }
  return sum
}

/** `spread` of the free and of all space of the pools. */
export function capacityKib(
  { observed }: World,
  pools: readonly StoragePool[],
  replicas: number,
): { readonly freeKib: number; readonly totalKib: number } {
  const seen = pools.map(({ node, name }) => observed.pool(node, name))
  return {
    freeKib: spread(
      seen.map((pool) => pool?.freeKib ?? 0),
      replicas,
    ),
    totalKib: spread(
      seen.map((pool) => pool?.totalKib ?? 0),
      replicas,
    ),
  }
}

export function isAllThin(world: World, places: readonly Place[]): boolean {
  return poolsAt(world, places).every(({ provider }) => thinProviders.has(provider))
}

function poolsAt({ state }: World, places: readonly Place[]): StoragePool[] {
  return places.flatMap(({ node, pool }) => poolOf(state, node, pool) ?? [])
}
