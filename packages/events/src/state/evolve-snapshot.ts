/** Snapshots of a definition's volumes on all its nodes. */
import type { EventOf } from '../event.ts'
import { keyOf, nameKey } from '../names.ts'
import { noProps } from './common.ts'
import { volumeDefinitionOf } from './lookup.ts'
import type {
  Origin,
  Resource,
  Snapshot,
  SnapshotCopy,
  SnapshotNode,
  SnapshotState,
  Volume,
} from './records.ts'
import type { State } from './state.ts'
import { update } from './update.ts'

/** What each phase waits for from every node. */
export const snapshotAwaits: Readonly<Record<Snapshot['phase'], SnapshotState | undefined>> = {
  suspending: 'suspended',
  taking: 'taken',
  resuming: 'kept',
  ready: undefined,
  failed: 'removed',
  deleting: 'removed',
}

type About = { readonly definition: string; readonly snapshot: string }

export function snapshotCreated(
  state: State,
  event: EventOf<'snapshot.created'>,
  origin: Origin,
): void {
  state.snapshots.set(keyOf(event.definition, event.snapshot), {
    definition: event.definition,
    name: event.snapshot,
    // With others it waits for them, also where there is nothing to be held.
    phase: event.suspends || event.cut !== undefined ? 'suspending' : 'taking',
    phaseAt: origin.at,
    suspends: event.suspends,
    ...(event.auto === undefined ? {} : { auto: event.auto }),
    ...(event.cut === undefined ? {} : { cut: event.cut }),
    ...(event.cloneTo === undefined ? {} : { cloneTo: event.cloneTo }),
    ...(event.cloneAs === undefined ? {} : { cloneAs: event.cloneAs }),
    ...(event.rollbackTo === undefined ? {} : { rollbackTo: event.rollbackTo }),
    nodes: event.nodes.map((node) => ({ ...node, state: 'waiting' })),
    volumes: event.volumes.map((volume) => volumeOfSnapshot(state, event.definition, volume)),
    definitionProps: event.props ?? noProps,
    operation: event.operation,
    props: noProps,
    origin,
  })
  const { auto } = event
  if (auto === undefined) return
  update(state.definitions, nameKey(event.definition), (row) => ({
    ...row,
    nextAutoSnapshot: auto + 1,
  }))
}

function volumeOfSnapshot(
  state: State,
  definition: string,
  volume: EventOf<'snapshot.created'>['volumes'][number],
): Snapshot['volumes'][number] {
  const { number, sizeKib, gross, key, boundTo, isChosen, props } = volume
  const day0 = volumeDefinitionOf(state, definition, number)?.day0
  return {
    number,
    sizeKib,
    gross: gross ?? false,
    ...(key === undefined ? {} : { luksKey: key }),
    ...(boundTo === undefined ? {} : { luksKeyBoundTo: boundTo }),
    ...(isChosen ? { luksKeyIsChosen: true as const } : {}),
    ...(day0 === undefined ? {} : { day0 }),
    props: props ?? noProps,
  }
}

export function snapshotNodeReached(state: State, event: EventOf<'snapshot.node-reached'>): void {
  change(state, event, (row) => ({
    ...row,
    nodes: row.nodes.map((node) =>
      nameKey(node.node) === nameKey(event.node) ? { ...node, state: event.state } : node,
    ),
  }))
}

export function snapshotPhase(phase: 'taking' | 'resuming' | 'ready') {
  return (state: State, event: About, origin: Origin): void =>
    change(state, event, (row) => {
      const { operation, ...rest } = row
      const left = phase === 'ready' || operation === undefined ? {} : { operation }
      return { ...rest, ...left, phase, phaseAt: origin.at }
    })
}

export function snapshotCloned(state: State, event: About): void {
  change(state, event, (row) => ({ ...row, cloned: true }))
}

export function snapshotFailed(
  state: State,
  event: EventOf<'snapshot.failed'>,
  origin: Origin,
): void {
  change(state, event, ({ operation: _, ...row }) => ({
    ...row,
    phase: 'failed',
    phaseAt: origin.at,
    problem: event.problem,
  }))
}

type Place = About & { readonly node: string }

export function snapshotCopyStarted(state: State, event: EventOf<'snapshot.copy-started'>): void {
  const { node, nodeId, peerSlots, volumes, content, root, operation, from, base } = event
  const copy = { status: 'receiving', content, root, operation, from, base } as const
  change(state, event, (row) => ({
    ...row,
    nodes: [
      ...row.nodes.filter((other) => nameKey(other.node) !== nameKey(node)),
      { node, nodeId, peerSlots, volumes, state: 'waiting', copy },
    ],
  }))
}

export function snapshotCopyListening(
  state: State,
  event: EventOf<'snapshot.copy-listening'>,
): void {
  changeCopy(state, event, (row, copy) =>
    copy.status === 'receiving' ? { ...row, copy: { ...copy, port: event.port } } : row,
  )
}

export function snapshotCopied(state: State, event: Place): void {
  changeCopy(state, event, (row, { content, root }) => ({
    ...row,
    state: 'kept',
    copy: { status: 'there', content, root },
  }))
}

export function snapshotCopyFailed(state: State, event: EventOf<'snapshot.copy-failed'>): void {
  const { problem } = event
  changeCopy(state, event, (row, { content, root }) => ({
    ...row,
    copy: { status: 'failed', content, root, problem },
  }))
}

/** Why one has failed is kept until there is another, or the snapshot goes. */
export function snapshotCopyRemoved(state: State, event: Place): void {
  change(state, event, (row) => ({
    ...row,
    nodes: row.nodes.flatMap((one) => {
      if (nameKey(one.node) !== nameKey(event.node)) return [one]
      if (row.phase === 'deleting' || one.copy?.status !== 'failed') return []
      return [{ ...one, state: 'removed' as const, volumes: [] }]
    }),
  }))
}

export function snapshotPartDeletionStarted(
  state: State,
  event: EventOf<'snapshot.part-deletion-started'>,
): void {
  change(state, event, (row) => ({
    ...row,
    nodes: row.nodes.map((one) =>
      nameKey(one.node) === nameKey(event.node) ? { ...one, leaving: event.operation } : one,
    ),
  }))
}

/** A copy that was lost with its node, and what was deleted from one. */
export function snapshotCopyLost(state: State, event: Place): void {
  change(state, event, (row) => ({
    ...row,
    nodes: row.nodes.filter(({ node }) => nameKey(node) !== nameKey(event.node)),
  }))
}

function changeCopy(
  state: State,
  event: Place,
  edit: (row: SnapshotNode, copy: SnapshotCopy) => SnapshotNode,
): void {
  change(state, event, (row) => ({
    ...row,
    nodes: row.nodes.map((one) =>
      one.copy && nameKey(one.node) === nameKey(event.node) ? edit(one, one.copy) : one,
    ),
  }))
}

export function snapshotDeletionStarted(
  state: State,
  event: EventOf<'snapshot.deletion-started'>,
  origin: Origin,
): void {
  change(state, event, (row) => ({
    ...row,
    phase: 'deleting',
    phaseAt: origin.at,
    operation: event.operation,
  }))
}

export function snapshotDeleted(state: State, event: About): void {
  state.snapshots.delete(keyOf(event.definition, event.snapshot))
}

/**
 * A replica went, and what was taken of it stays, as what needs none beside it; a node that only
 * held its input and output has nothing. `volumes` are those that the replica had.
 */
export function snapshotsLeftBy(
  state: State,
  { definition, node, origin }: Resource,
  volumes: readonly Volume[],
): void {
  const root = { snapshot: origin.entry, entry: origin.entry }
  const owners = new Map(volumes.map((volume) => [volume.number, volume.origin.entry]))
  const leave = (own: SnapshotNode): SnapshotNode[] => {
    if (own.copy !== undefined || nameKey(own.node) !== nameKey(node)) return [own]
    if (own.volumes.length === 0 || own.state === 'removed') return []
    const places = own.volumes.map((place) => {
      const owner = owners.get(place.number)
      return owner === undefined ? place : { ...place, owner }
    })
    return [{ ...own, volumes: places, copy: { status: 'there', content: node, root } }]
  }
  for (const row of state.snapshots.by('definition', nameKey(definition))) {
    if (!row.nodes.some((one) => nameKey(one.node) === nameKey(node))) continue
    const about = { definition: row.definition, snapshot: row.name }
    change(state, about, (old) => ({ ...old, nodes: old.nodes.flatMap(leave) }))
  }
}

/** What was on a node that is gone is not waited for any more; a copy does not need the resource. */
export function snapshotsWithout(state: State, definition: string, node: string): void {
  for (const row of state.snapshots.by('definition', nameKey(definition))) {
    const isOther = (one: SnapshotNode) =>
      one.copy !== undefined || nameKey(one.node) !== nameKey(node)
    if (row.nodes.every(isOther)) continue
    const about = { definition: row.definition, snapshot: row.name }
    change(state, about, (old) => ({ ...old, nodes: old.nodes.filter(isOther) }))
  }
}

function change(state: State, about: About, edit: (row: Snapshot) => Snapshot): void {
  update(state.snapshots, keyOf(about.definition, about.snapshot), edit)
}
