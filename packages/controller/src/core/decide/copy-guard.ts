/** What copies of snapshots stand in the way of, and what they are. */
import { nameKey, type Refusal, refuse, type Snapshot, type SnapshotNode } from '@varve/events'
import type { Draft } from '../draft.ts'

/** Node whose volumes its bytes were. */
export const contentOf = ({ node, copy }: SnapshotNode) => copy?.content ?? node

/** Whole, here and now. */
export const hasIt = ({ volumes, copy, leaving }: SnapshotNode) =>
  leaving === undefined && volumes.length > 0 && (copy === undefined || copy.status === 'there')

/** Refusal while a copy is under way that needs it, as what is sent or as what that is told against. */
export function refuseWhileCopied(draft: Draft, row: Snapshot): Refusal | undefined {
  for (const other of draft.state.snapshots.by('definition', nameKey(row.definition))) {
    for (const { node, copy } of other.nodes) {
      if (copy?.status !== 'receiving') continue
      const isNeeded = other === row || nameKey(copy.base ?? '') === nameKey(row.name)
      if (!isNeeded) continue
      const subject = `${other.definition}/${other.name} on node ${node}`
      const remedy = `Give it up: varve snapshot abort-copy ${other.definition} ${other.name} ${node}`
      return refuse('operation-runs', { operation: copy.operation, subject }, remedy)
    }
  }
  return undefined
}

/** Refusal while a copy of some snapshot lies on the node, with or without a resource there. */
export function refuseIfCopiesOn(draft: Draft, node: string): Refusal | undefined {
  for (const row of draft.state.snapshots.values()) {
    const own = row.nodes.find((one) => nameKey(one.node) === nameKey(node))
    if (!own?.copy || own.volumes.length === 0) continue
    const problem = `it has a copy of the snapshot ${row.definition}/${row.name}`
    const remedy = `Delete it first: varve snapshot delete ${row.definition} ${row.name}`
    return refuse('in-use', { noun: 'Node', subject: node, problem }, remedy)
  }
  return undefined
}
