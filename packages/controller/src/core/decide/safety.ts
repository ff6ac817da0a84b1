/** The rules that keep data: what is open stays, and the last good copy goes only by a waiver. */
import {
  definitionOf,
  isLive,
  type Refusal,
  type Resource,
  refuse,
  resourceOf,
  resourcesOf,
  type State,
  volumeDefinitionsOf,
  volumeOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'

/** Refusal while the resource is open (Primary) on the node, as last observed. */
export function refuseIfInUse(draft: Draft, definition: string, node: string): Refusal | undefined {
  if (draft.context.observed.resource(definition, node)?.role !== 'Primary') return undefined
  return refuse(
    'in-use',
    { noun: 'Resource', subject: definition, problem: `it is Primary on node ${node}` },
    'Close it there first: unmount it, stop what uses it, or demote it.',
  )
}

/** Refusal when no other live replica is known to be good. */
export function refuseIfLastGoodCopy(
  draft: Draft,
  definition: string,
  node: string,
): Refusal | undefined {
  const resource = resourceOf(draft.state, definition, node)
  if (resource?.kind !== 'diskful' || !isGoodCopy(draft.state, resource)) return undefined
  const others = resourcesOf(draft.state, definition).filter(
    (other) =>
      other.node !== resource.node &&
      other.kind === 'diskful' &&
      isLive(other) &&
      isGoodCopy(draft.state, other),
  )
  if (others.length > 0) return undefined
  return refuse(
    'last-good-copy',
    { subject: definition, measured: resource.node },
    `To delete all of it: varve resource-definition delete ${definition}. ` +
      'To give up the data here: --accept-data-loss.',
  )
}

/** True when every volume holds data that is known to be complete and current. */
function isGoodCopy(state: State, resource: Resource): boolean {
  const replicated = definitionOf(state, resource.definition)?.layers.includes('DRBD') ?? false
  const volumes = volumeDefinitionsOf(state, resource.definition).map((row) =>
    volumeOf(state, resource.definition, resource.node, row.number),
  )
  return (
    volumes.length > 0 &&
    volumes.every((volume) =>
      replicated ? volume?.disk === 'UpToDate' : volume?.deployedKib !== undefined,
    )
  )
}
