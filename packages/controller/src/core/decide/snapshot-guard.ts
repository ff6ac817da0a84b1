/** What snapshots keep others from, and what they have to wait for. */
import {
  isRefusal,
  nameKey,
  type Refusal,
  type ResourceDefinition,
  refuse,
  type Snapshot,
  snapshotOf,
  snapshotsOf,
  volumeDefinitionsOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { missing, requireDefinition } from './require.ts'

export function requireSnapshot(
  draft: Draft,
  definition: string,
  snapshot: string,
): Snapshot | Refusal {
  const row = requireDefinition(draft.state, definition)
  if (isRefusal(row)) return row
  return (
    snapshotOf(draft.state, row.name, snapshot) ?? missing('snapshot', `${row.name}/${snapshot}`)
  )
}

/** Refusal while something of the definition depends on its snapshots. */
export function refuseIfSnapshots(draft: Draft, definition: string): Refusal | undefined {
  const names = snapshotsOf(draft.state, definition).map(({ name }) => name)
  if (names.length === 0) return undefined
  const problem = `it has the snapshots ${names.join(', ')}`
  const remedy = `Delete them first: varve snapshot delete ${definition} ${names[0]}`
  return refuse('in-use', { noun: 'Resource definition', subject: definition, problem }, remedy)
}

/** Refusal while snapshots of the node's replica are under way: what is there stays without it. */
export function refuseWhileTaken(
  draft: Draft,
  definition: string,
  node: string,
): Refusal | undefined {
  const row = snapshotsOf(draft.state, definition).find(
    ({ phase, nodes }) =>
      (phase === 'suspending' || phase === 'taking' || phase === 'resuming') &&
      nodes.some((one) => nameKey(one.node) === nameKey(node)),
  )
  if (row?.operation === undefined) return undefined
  const subject = `${row.definition} on node ${node}`
  return refuse('operation-runs', { operation: row.operation, subject })
}

/** Refusal while a snapshot of the node's replica lies there: it would not go with it. */
export function refuseIfSnapshotsOn(
  draft: Draft,
  definition: string,
  node: string,
): Refusal | undefined {
  const row = snapshotsOf(draft.state, definition).find(({ nodes }) =>
    nodes.some(
      (one) =>
        // A copy needs no resource beside it.
        nameKey(one.node) === nameKey(node) && one.volumes.length > 0 && one.copy === undefined,
    ),
  )
  if (!row) return undefined
  const subject = `${row.definition} on node ${node}`
  const problem = `it has the snapshot ${row.name}`
  const remedy = `Delete it first: varve snapshot delete ${row.definition} ${row.name}`
  return refuse('in-use', { noun: 'Resource', subject, problem }, remedy)
}

/** Refusal while something else changes what snapshots are made of. */
export function refuseWhileChanging(
  draft: Draft,
  definition: ResourceDefinition,
): Refusal | undefined {
  const other = snapshotsOf(draft.state, definition.name).find((row) => row.operation !== undefined)
  const volume = volumeDefinitionsOf(draft.state, definition.name).find(
    (row) => row.resizing ?? row.rekeying ?? (row.phase.status === 'deleting' || undefined),
  )
  const phase = volume?.phase
  const operation =
    definition.rollback?.operation ??
    other?.operation ??
    volume?.resizing?.operation ??
    volume?.rekeying?.operation ??
    (phase?.status === 'deleting' ? phase.operation : undefined)
  if (operation === undefined) return undefined
  return refuse('operation-runs', { operation, subject: definition.name })
}
