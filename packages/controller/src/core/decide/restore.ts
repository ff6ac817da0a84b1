/** A new definition that begins with the content of a snapshot, on the nodes that have it. */
import {
  type Args,
  isLive,
  isRefusal,
  nameKey,
  type Props,
  type Refusal,
  refer,
  refuse,
  type Snapshot,
  type SnapshotNode,
  volumeDefinitionOf,
} from '@varve/events'
import { allocateMinor } from '../allocate/minor.ts'
import type { Draft } from '../draft.ts'
import { refusePoolSpace } from './capacity.ts'
import { contentOf, hasIt } from './copy-guard.ts'
import { createDefinition } from './definition.ts'
import { newGeneration } from './generation.ts'
import { placeResource } from './place-resource.ts'
import { changeProperties } from './property.ts'
import { missing, requireDefinition, requireNode } from './require.ts'
import { requireSnapshot } from './snapshot.ts'

export function restoreSnapshot(draft: Draft, args: Args<'snapshot.restore'>): Refusal | undefined {
  const snapshot = requireSnapshot(draft, args.definition, args.snapshot)
  if (isRefusal(snapshot)) return snapshot
  const nodes = chooseNodes(snapshot, args.nodes)
  if (isRefusal(nodes)) return nodes
  const source = requireDefinition(draft.state, snapshot.definition)
  if (isRefusal(source)) return source
  const refused =
    createDefinition(draft, {
      definition: args.to,
      group: source.group,
      layers: [...source.layers],
      peerSlots: source.peerSlots,
      props: pick(source.props, headerProps),
    }) ?? createVolumes(draft, snapshot, args.to)
  if (refused) return refused
  for (const node of nodes) {
    const unplaced = placeOn(draft, snapshot, node, args.to)
    if (unplaced) return unplaced
  }
  draft.reply = { definition: args.to, placed: nodes.map(({ node }) => ({ node })) }
  return undefined
}

function chooseNodes(
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
  const first = [...there].sort(
    (a, b) => Number(a.copy !== undefined) - Number(b.copy !== undefined),
  )
  const chosen = first.filter((row, at) => !first.slice(0, at).some((other) => isTwin(row, other)))
  return there.filter((row) => chosen.includes(row))
}

/**
 * With data from the beginning, and with the source's day 0: its generation is part of the
 * metadata that comes with the content.
 */
function createVolumes(draft: Draft, snapshot: Snapshot, to: string): Refusal | undefined {
  for (const volume of snapshot.volumes) {
    const { number, sizeKib, gross } = volume
    const source = volumeDefinitionOf(draft.state, snapshot.definition, number)
    const minor = source?.minor === undefined ? undefined : allocateMinor(draft.state, undefined)
    if (isRefusal(minor)) return minor
    draft.record({
      type: 'volume-definition.created',
      definition: to,
      number,
      sizeKib,
      ...(gross ? { gross } : {}),
      ...(minor === undefined ? {} : { minor, day0: source?.day0 ?? newGeneration(draft) }),
    })
    draft.record({ type: 'volume-definition.initialized', definition: to, number })
    setKey(draft, snapshot, volume, to)
    const refused = changeProperties(draft, refer('volume-definition', to, number), {
      setProps: pick(source?.props ?? {}, headerProps),
    })
    if (refused) return refused
  }
  return undefined
}

/** The header comes with the content, and so does what opens it, also if it was changed since. */
function setKey(
  draft: Draft,
  { definition }: Snapshot,
  volume: Snapshot['volumes'][number],
  to: string,
): void {
  const { number, luksKey: key, luksKeyBoundTo, luksKeyIsChosen } = volume
  if (key === undefined) return
  const boundTo = luksKeyBoundTo ?? definition
  const chosen = luksKeyIsChosen ? { isChosen: true } : {}
  draft.record({
    type: 'volume-definition.key-set',
    ...{ definition: to, number, key, boundTo, ...chosen },
  })
}

/** How large the header is: the copy must be of the same size as its source. */
const headerProps = ['StorDriver/LuksFormatOptions']

function pick(props: Props, keys: readonly string[]): Record<string, string> {
  const kept = keys.flatMap((key) => (props[key] === undefined ? [] : [[key, props[key]] as const]))
  return Object.fromEntries(kept)
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
