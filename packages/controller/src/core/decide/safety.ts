/** The rules that keep data: what is open stays, and the last good copy goes only by a waiver. */
import {
  definitionOf,
  isLive,
  nameKey,
  nodeOf,
  type ObservedConnection,
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

/**
 * Open (Primary) on the node, as last observed. Where its satellite is away, or has been silent for
 * longer, the word of peers counts that are connected to it: it may be in the middle of its work.
 */
export function isInUse(draft: Draft, definition: string, node: string): boolean {
  const { observed } = draft.context
  const own = observed.resource(definition, node)
  if (own?.role === 'Primary') return true
  const knownAt = isOnline(draft, node) ? (own?.at ?? 0) : 0
  return resourcesOf(draft.state, definition).some((peer) => {
    const seen = isOnline(draft, peer.node) ? observed.resource(definition, peer.node) : undefined
    return seen !== undefined && seen.at > knownAt && seen.connections.some(isOpenOn(node))
  })
}

const isOpenOn =
  (node: string) =>
  ({ peer, state, peerRole }: ObservedConnection): boolean =>
    nameKey(peer) === nameKey(node) && state === 'Connected' && peerRole === 'Primary'

function isOnline(draft: Draft, node: string): boolean {
  return nodeOf(draft.state, node)?.link.status === 'online'
}

/** Refusal while the resource is open (Primary) on the node, as last observed. */
export function refuseIfInUse(draft: Draft, definition: string, node: string): Refusal | undefined {
  if (!isInUse(draft, definition, node)) return undefined
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
  const doubts = doubtsOf(draft, definition, node) ?? seenBad(draft, definition, node)
  if (!doubts) return undefined
  return refuse(
    'last-good-copy',
    { subject: definition, measured: nodeOf(draft.state, node)?.name ?? node },
    [
      ...doubts.map((doubt) => `${doubt}, so what it has may be old.`),
      `To delete all of it: varve resource-definition delete ${definition}.`,
      'To give up the data here: --accept-data-loss.',
    ].join(' '),
  )
}

/** One of its volumes is good, and on no other replica that stays it is known to be. */
export function isLastGoodCopy(draft: Draft, definition: string, node: string): boolean {
  return doubtsOf(draft, definition, node) !== undefined
}

/**
 * What the replica itself sees of its peers may be newer than their own word: a disk that has just
 * failed, or was replaced. Undefined: nothing speaks against one of them.
 */
function seenBad(draft: Draft, definition: string, node: string): string[] | undefined {
  const resource = resourceOf(draft.state, definition, node)
  if (resource?.kind !== 'diskful' || !isGoodCopy(draft.state, resource)) return undefined
  if (!isOnline(draft, resource.node)) return undefined
  const peers = resourcesOf(draft.state, definition).filter(
    (other) => other.node !== resource.node && isLive(other) && isGoodCopy(draft.state, other),
  )
  const doubts = peers.map((other) => {
    const link = linkOf(draft, resource, other)
    const isBad =
      link?.state === 'Connected' && link.volumes.some(({ peerDisk }) => peerDisk !== 'UpToDate')
    return isBad
      ? `Node ${resource.node} sees no good disk on node ${other.node}`
      : doubtOf(draft, resource, other)
  })
  return peers.length === 0 || doubts.includes(undefined)
    ? undefined
    : doubts.flatMap((one) => one ?? [])
}

/**
 * Of a last good copy: why each of the others is none. Judged volume by volume: beside one that has
 * just been added, and is good nowhere yet, the others are what they were.
 */
function doubtsOf(draft: Draft, definition: string, node: string): string[] | undefined {
  const { state } = draft
  const resource = resourceOf(state, definition, node)
  if (resource?.kind !== 'diskful') return undefined
  const others = resourcesOf(state, definition).filter(
    (other) => other.node !== resource.node && other.kind === 'diskful' && isLive(other),
  )
  for (const row of volumeDefinitionsOf(state, definition)) {
    if (!isGoodVolume(state, resource, row.number)) continue
    const good = others.filter((other) => isGoodVolume(state, other, row.number))
    const doubts = good.map((other) => doubtOf(draft, resource, other))
    if (!doubts.includes(undefined)) return doubts.flatMap((doubt) => doubt ?? [])
  }
  return undefined
}

/** Known to be complete and current. */
function isGoodVolume(state: State, { definition, node }: Resource, number: number): boolean {
  const volume = volumeOf(state, definition, node, number)
  const replicated = definitionOf(state, definition)?.layers.includes('DRBD') ?? false
  return replicated ? volume?.disk === 'UpToDate' : volume?.deployedKib !== undefined
}

/** Why a replica that was good may no longer have what this one has. */
function doubtOf(draft: Draft, resource: Resource, other: Resource): string | undefined {
  // What an absent node has said of its connections is over.
  const link = isOnline(draft, resource.node) ? linkOf(draft, resource, other) : undefined
  // DRBD itself may still have it, when only its satellite is away.
  if (!isOnline(draft, other.node)) {
    return link && isGoodPeer(link) ? undefined : `Node ${other.node} is offline`
  }
  if (link !== undefined && link.state !== 'Connected') {
    return `Node ${other.node} is not connected to ${resource.node} (${link.state})`
  }
  return lostByWriter(draft, resource, other)
}

/** Whoever has it open may have written what reached this one alone, and knows it first. */
function lostByWriter(draft: Draft, resource: Resource, other: Resource): string | undefined {
  for (const writer of resourcesOf(draft.state, resource.definition)) {
    const isAside = writer.node === resource.node || writer.node === other.node
    if (isAside || !isOnline(draft, writer.node)) continue
    if (draft.context.observed.resource(writer.definition, writer.node)?.role !== 'Primary')
      continue
    const link = linkOf(draft, writer, other)
    if (link === undefined || link.state === 'Connected') continue
    return `Node ${other.node} is not connected to ${writer.node}, where it is open (${link.state})`
  }
  return undefined
}

function linkOf(draft: Draft, { definition, node }: Resource, other: Resource) {
  const seen = draft.context.observed.resource(definition, node)
  return seen?.connections.find(({ peer }) => nameKey(peer) === nameKey(other.node))
}

/** Refusal to take the disk from whoever reads and writes, unless a peer serves it right now. */
export function refuseIfDiskNeeded(
  draft: Draft,
  definition: string,
  node: string,
): Refusal | undefined {
  if (!isInUse(draft, definition, node)) return undefined
  const seen = draft.context.observed.resource(definition, node)
  if (seen?.connections.some(isGoodPeer)) return undefined
  const problem = `it is Primary on node ${node} and not connected to an UpToDate peer`
  return refuse(
    'in-use',
    { noun: 'Resource', subject: definition, problem },
    'Close it there, or wait until a peer is connected and UpToDate.',
  )
}

function isGoodPeer({ state, volumes }: ObservedConnection): boolean {
  if (state !== 'Connected' || volumes.length === 0) return false
  return volumes.every(({ peerDisk }) => peerDisk === 'UpToDate')
}

/** True when every volume holds data that is known to be complete and current. */
export function isGoodCopy(state: State, resource: Resource): boolean {
  const rows = volumeDefinitionsOf(state, resource.definition)
  return rows.length > 0 && rows.every(({ number }) => isGoodVolume(state, resource, number))
}
