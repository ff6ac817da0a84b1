/** Copies of snapshots on their way: what their nodes say of them, and how they end. */
import {
  nameKey,
  type ObservedSnapshot,
  refer,
  type Snapshot,
  type SnapshotNode,
  snapshotOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { finishOperation as finish } from './finish.ts'

type About = Pick<Snapshot, 'definition' | 'name'>

/** What a node says of a copy that it has or is to have. */
export function observeCopy(
  draft: Draft,
  row: Snapshot,
  own: SnapshotNode,
  seen: ObservedSnapshot,
): void {
  const { copy, node } = own
  const about = { definition: row.definition, snapshot: row.name, node }
  const isLeaving = row.phase === 'deleting' || copy?.status === 'failed'
  if (isLeaving && seen.state === 'removed' && own.state !== 'removed') {
    draft.record({ type: 'snapshot.copy-removed', ...about })
  }
  // What it says of an attempt before this one is history.
  if (copy?.status !== 'receiving' || seen.operation !== copy.operation) return
  if (seen.state === 'failed') failCopy(draft, row, own, seen.problem ?? 'it says no more')
  else if (seen.state === 'kept') {
    draft.record({ type: 'snapshot.copied', ...about })
    finish(draft, copy.operation)
  } else if (seen.state === 'receiving' && seen.port !== undefined && seen.port !== copy.port) {
    draft.record({ type: 'snapshot.copy-listening', ...about, port: seen.port })
  }
}

/** Only what is under way can fail. */
export function failCopy(draft: Draft, row: About, own: SnapshotNode, problem: string): void {
  if (own.copy?.status !== 'receiving') return
  const { definition, name: snapshot } = row
  draft.record({ type: 'snapshot.copy-failed', definition, snapshot, node: own.node, problem })
  finish(draft, own.copy.operation)
}

/** Whoever was to send it is gone; or whoever was to receive it. */
export function settleCopies(draft: Draft, row: Snapshot): void {
  for (const own of row.nodes) {
    if (own.copy?.status !== 'receiving') continue
    const { from } = own.copy
    if (row.nodes.some(({ node }) => nameKey(node) === nameKey(from))) continue
    failCopy(draft, row, own, `node ${from}, which was to send it, is lost`)
  }
  const now = snapshotOf(draft.state, row.definition, row.name)
  const running = new Set([
    now?.operation,
    ...(now?.nodes ?? []).flatMap(({ copy, leaving }) => [
      copy?.status === 'receiving' ? copy.operation : undefined,
      leaving,
    ]),
  ])
  const target = refer('snapshot', row.definition, row.name).toLowerCase()
  for (const { id, kind } of draft.state.operations.by('target', target)) {
    const isOfPart = kind === 'copy-snapshot' || kind === 'delete-snapshot'
    if (isOfPart && !running.has(id)) finish(draft, id)
  }
}
