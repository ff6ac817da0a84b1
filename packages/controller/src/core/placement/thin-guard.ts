/**
 * Thin pools promise more than they have, and everything in one stops when it is full. So nothing
 * new comes into a pool that is nearly full, counting what is still on its way into it: replicas
 * that are being synced take what their peers have, whoever asked for them a moment ago.
 */

import type { Space } from '@varve/events'
import {
  controllerProps,
  formatKib,
  groupOf,
  keyOf,
  type ObservedView,
  policyModeOf,
  type ResourceDefinition,
  resourcesOf,
  type State,
  type StoragePool,
  thinProviders,
  volumeDefinitionOf,
  volumeDefinitionsOf,
} from '@varve/events'

/** Of the whole, kept free: enough for an operator to act, and for what is written meanwhile. */
const reservePercent = 5
/** LVM stops a pool whose metadata is full just as well, and mending that takes it offline. */
const mostMetadataPercent = 95

export function guardsThinPools(state: State, definition?: ResourceDefinition): boolean {
  const group = definition && groupOf(state, definition.group)
  const chain = [definition?.props, group?.props, controllerProps(state)]
  return policyModeOf('thin-pool-guard', chain) !== 'off'
}

/** Why nothing more should come into the pool, after "it"; `incomingKib` is written at once. */
export function whyNearlyFull(
  state: State,
  observed: ObservedView,
  { pool, space }: { readonly pool: StoragePool; readonly space: Space },
  incomingKib: number,
): string | undefined {
  const { freeKib, totalKib, metadataPercent, reservedKib } = space
  if (!thinProviders.has(pool.provider)) return undefined
  if (freeKib === undefined || totalKib === undefined) return undefined
  if ((metadataPercent ?? 0) >= mostMetadataPercent) {
    return `has ${metadataPercent} % of its metadata in use`
  }
  const reserveKib = Math.floor((totalKib * reservePercent) / 100)
  // What is on its way is no more than all that was ever promised: most pools need no closer look.
  if (freeKib - reservedKib - incomingKib >= reserveKib) return undefined
  const inFlightKib = inFlight(state, observed, keyOf(pool.node, pool.name))
  if (freeKib - inFlightKib - incomingKib >= reserveKib) return undefined
  const coming = inFlightKib + incomingKib
  const onItsWay = coming === 0 ? '' : `, into which ${formatKib(coming)} are about to come`
  return `has ${formatKib(freeKib)} left of ${formatKib(totalKib)}${onItsWay}; ${formatKib(reserveKib)} are kept free`
}

/** What a new replica takes at once: as much as the others have. Nothing, where all is new. */
export function incomingKibOf(state: State, observed: ObservedView, definition: string): number {
  return volumeDefinitionsOf(state, definition)
    .filter(({ initialized }) => initialized)
    .reduce((sum, { number }) => sum + takenBy(state, observed, definition, number), 0)
}

/** Still to be written by replicas of the pool that are being synced. */
function inFlight(state: State, observed: ObservedView, poolKey: string): number {
  if (state.volumes.countBy('filling', poolKey) === 0) return 0
  return state.volumes.by('filling', poolKey).reduce((sum, { definition, node, number }) => {
    const own = allocatedKib(observed, definition, node, number)
    return sum + Math.max(0, takenBy(state, observed, definition, number) - own)
  }, 0)
}

/** The most that any replica has in use; no more than the volume's size. */
function takenBy(state: State, observed: ObservedView, definition: string, number: number): number {
  const sizeKib = volumeDefinitionOf(state, definition, number)?.sizeKib ?? 0
  const taken = resourcesOf(state, definition).map(({ node }) =>
    allocatedKib(observed, definition, node, number),
  )
  return Math.min(sizeKib, Math.max(0, ...taken))
}

function allocatedKib(
  observed: ObservedView,
  definition: string,
  node: string,
  number: number,
): number {
  const volumes = observed.resource(definition, node)?.volumes ?? []
  return volumes.find((volume) => volume.number === number)?.allocatedKib ?? 0
}
