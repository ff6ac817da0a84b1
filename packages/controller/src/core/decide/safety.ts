/** The rules that keep data: what is open stays, and the last good copy goes only by a waiver. */
import {
  definitionOf,
  isLive,
  nameKey,
  nodeOf,
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

/**
 * Refusal when no other live replica is known to be good. One that cannot be heard, or that this one
 * has lost, does not count: it was good when it was last seen, and what was written since it lacks.
 */
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
  const doubts = others.map((other) => doubtOf(draft, resource, other))
  if (doubts.includes(undefined)) return undefined
  return refuse(
    'last-good-copy',
    { subject: definition, measured: resource.node },
    [
      ...doubts.map((doubt) => `${doubt}, so what it has may be old.`),
      `To delete all of it: varve resource-definition delete ${definition}.`,
      'To give up the data here: --accept-data-loss.',
    ].join(' '),
  )
}

/** Why a replica that was good may no longer have what this one has. */
function doubtOf(draft: Draft, resource: Resource, other: Resource): string | undefined {
  const isOnline = (node: string) => nodeOf(draft.state, node)?.link.status === 'online'
  if (!isOnline(other.node)) return `Node ${other.node} is offline`
  // What an absent node has said of its connections is over.
  if (!isOnline(resource.node)) return undefined
  const seen = draft.context.observed.resource(resource.definition, resource.node)
  const link = seen?.connections.find(({ peer }) => nameKey(peer) === nameKey(other.node))
  if (link === undefined || link.state === 'Connected') return undefined
  return `Node ${other.node} is not connected to ${resource.node} (${link.state})`
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
