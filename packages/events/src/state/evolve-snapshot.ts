/** Snapshots of a definition's volumes on all its nodes. */
import type { EventOf } from '../event.ts'
import { keyOf, nameKey } from '../names.ts'
import { noProps } from './common.ts'
import type { Origin, Snapshot, SnapshotNode, SnapshotState } from './records.ts'
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
    phase: event.suspends ? 'suspending' : 'taking',
    phaseAt: origin.at,
    suspends: event.suspends,
    ...(event.cloneTo === undefined ? {} : { cloneTo: event.cloneTo }),
    nodes: event.nodes.map((node) => ({ ...node, state: 'waiting' })),
    volumes: event.volumes.map(({ number, sizeKib, gross, key, boundTo, isChosen }) => ({
      number,
      sizeKib,
      gross: gross ?? false,
      ...(key === undefined ? {} : { luksKey: key }),
      ...(boundTo === undefined ? {} : { luksKeyBoundTo: boundTo }),
      ...(isChosen ? { luksKeyIsChosen: true as const } : {}),
    })),
    operation: event.operation,
    props: noProps,
    origin,
  })
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

/** What was on a node that is gone is not waited for any more. */
export function snapshotsWithout(state: State, definition: string, node: string): void {
  for (const row of state.snapshots.by('definition', nameKey(definition))) {
    const isOther = (one: SnapshotNode) => nameKey(one.node) !== nameKey(node)
    if (row.nodes.every(isOther)) continue
    const about = { definition: row.definition, snapshot: row.name }
    change(state, about, (old) => ({ ...old, nodes: old.nodes.filter(isOther) }))
  }
}

function change(state: State, about: About, edit: (row: Snapshot) => Snapshot): void {
  update(state.snapshots, keyOf(about.definition, about.snapshot), edit)
}
