/** Where the content of a snapshot can be restored, and its replicas there. */
import {
  isLive,
  isRefusal,
  nameKey,
  type Refusal,
  refuse,
  type Snapshot,
  type SnapshotNode,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { refusePoolSpace } from './capacity.ts'
import { contentOf, hasIt } from './copy-guard.ts'
import { placeResource } from './place-resource.ts'
import { missing, requireDefinition, requireNode } from './require.ts'

/** On each of the nodes. All of them have the snapshot, and none is a twin of another. */
export function placeRestored(
  draft: Draft,
  snapshot: Snapshot,
  { nodes, to }: { readonly nodes: readonly SnapshotNode[]; readonly to: string },
): Refusal | undefined {
  for (const node of nodes) {
    const refused = placeOn(draft, snapshot, node, to)
    if (refused) return refused
  }
  draft.reply = { definition: to, placed: nodes.map(({ node }) => ({ node })) }
  return undefined
}

export function chooseNodes(
  snapshot: Snapshot,
  asked: readonly string[] | undefined,
): readonly SnapshotNode[] | Refusal {
  const subject = `${snapshot.definition}/${snapshot.name}`
  if (snapshot.phase !== 'ready') {
    const problem = snapshot.problem ?? `it is ${snapshot.phase}`
    return refuse('in-use', { noun: 'Snapshot', subject, problem })
  }
  const there = snapshot.nodes.filter(hasIt)
  const unknown = asked?.find((node) => !there.some((row) => nameKey(row.node) === nameKey(node)))
  if (unknown !== undefined) return missing('snapshot', `${subject} on node ${unknown}`)
  const wanted = new Set(asked?.map(nameKey))
  const nodes = asked ? there.filter(({ node }) => wanted.has(nameKey(node))) : withoutTwins(there)
  const twin = nodes.find((row, at) => nodes.slice(0, at).some((other) => isTwin(row, other)))
  if (twin) {
    const problem = `What node ${twin.node} has of ${subject} is a copy of what another of these nodes has: as replicas of one resource both would be the same peer.`
    const remedy = 'Restore it on one of them, and create the others as new replicas.'
    return refuse('not-supported', { problem }, remedy)
  }
  return nodes.length > 0 ? nodes : missing('snapshot', `${subject} on any node`)
}

const isTwin = (one: SnapshotNode, other: SnapshotNode) => contentOf(one) === contentOf(other)

/** Where it was taken; what was copied counts only where the original is gone. */
function withoutTwins(there: readonly SnapshotNode[]): SnapshotNode[] {
  const isElsewhere = (row: SnapshotNode) => nameKey(contentOf(row)) !== nameKey(row.node)
  const first = [...there].sort((a, b) => Number(isElsewhere(a)) - Number(isElsewhere(b)))
  const chosen = first.filter((row, at) => !first.slice(0, at).some((other) => isTwin(row, other)))
  return there.filter((row) => chosen.includes(row))
}

function placeOn(
  draft: Draft,
  snapshot: Snapshot,
  { node: name, nodeId, peerSlots, volumes }: SnapshotNode,
  to: string,
): Refusal | undefined {
  const node = requireNode(draft.state, name)
  if (isRefusal(node)) return node
  const definition = requireDefinition(draft.state, to)
  if (isRefusal(definition)) return definition
  if (!isLive(node)) {
    const problem = 'it is being deleted'
    return refuse('in-use', { noun: 'Node', subject: node.name, problem })
  }
  for (const { number, pool } of volumes) {
    const sizeKib = snapshot.volumes.find((row) => row.number === number)?.sizeKib ?? 0
    const full = refusePoolSpace(draft, node.name, pool, sizeKib)
    if (full) return full
  }
  const from = { definition: snapshot.definition, snapshot: snapshot.name }
  return placeResource(draft, definition, {
    node: node.name,
    kind: 'diskful',
    diskfulBy: 'user',
    ...(nodeId === undefined ? {} : { nodeId }),
    peerSlots,
    volumes: volumes.map((volume) => ({ ...volume, from })),
  })
}
