/** Disks that come and go, and replicas that make way: how far they are, after every report. */
import {
  type Args,
  isLive,
  nodeOf,
  type Operation,
  type Resource,
  refer,
  resourceOf,
  resourcesOf,
  resourcesOn,
  type State,
  volumeDefinitionsOf,
  volumeOf,
} from '@varve/events'
import { isInUse, isLastGoodCopy } from '../decide/safety.ts'
import { refuseWhileTaken } from '../decide/snapshot-guard.ts'
import { refuseIfSource } from '../decide/source.ts'
import type { Draft } from '../draft.ts'
import { finishOperation } from './finish.ts'
import { takesAlong } from './take-along.ts'

/** A node that has made a document true which names no storage any more has none. */
export function observeDiskGone(
  draft: Draft,
  { definition, node, removing }: Resource,
  { from }: Pick<Args<'fact.resource-observed'>, 'from'>,
): void {
  if (!removing || from < removing.since) return
  draft.record({ type: 'resource.disk-removed', definition, node })
  finishOperation(draft, removing.operation)
}

export function settleMoves(draft: Draft, definition: string): void {
  for (const row of resourcesOf(draft.state, definition)) {
    if (row.adding && isLive(row)) settleAddition(draft, row, row.adding.operation)
    if (row.leaving && isLive(row)) settleReplacement(draft, row, row.leaving)
  }
  endAbandoned(draft, resourcesOf(draft.state, definition))
}

/** After the return of a node: whatever moves among the replicas that it has one of. */
export function settleMovesOn(draft: Draft, node: string): void {
  for (const { definition } of resourcesOn(draft.state, node)) {
    const isMoving = resourcesOf(draft.state, definition).some((row) => row.adding ?? row.leaving)
    if (isMoving) settleMoves(draft, definition)
  }
}

/** Ends what ran on a resource that is gone; whoever was to make way for it stays. */
export function endMoves(draft: Draft, gone: Resource): void {
  const { definition, node, adding } = gone
  const target = refer('resource', definition, node).toLowerCase()
  // One that is being deleted has forgotten what moved it.
  const ended = new Set(draft.state.operations.by('target', target).map(({ id }) => id))
  if (adding) ended.add(adding.operation)
  for (const row of resourcesOf(draft.state, definition)) {
    if (row.leaving === undefined || !ended.has(row.leaving.operation)) continue
    draft.record({ type: 'resource.replacement-dropped', definition, node: row.node })
  }
  const left = new Set(resourcesOf(draft.state, definition).flatMap(operationsOn))
  for (const operation of new Set([...operationsOn(gone), ...ended])) {
    if (!left.has(operation) && isOfReplica(draft, operation)) finishOperation(draft, operation)
  }
}

/** Ends what nothing is moved by any more, because its resource is being deleted by another. */
function endAbandoned(draft: Draft, rows: readonly Resource[]): void {
  const known = new Set(rows.flatMap(operationsOn))
  for (const { definition, node } of rows) {
    const target = refer('resource', definition, node).toLowerCase()
    for (const { id } of draft.state.operations.by('target', target)) {
      if (!known.has(id) && isOfReplica(draft, id)) finishOperation(draft, id)
    }
  }
}

function settleAddition(draft: Draft, { definition, node }: Resource, operation: string): void {
  if (!isWhole(draft.state, definition, node)) return
  draft.record({ type: 'resource.disk-added', definition, node })
  // Otherwise whoever makes way for it ends it.
  const isLast = resourcesOf(draft.state, definition).every(
    (row) => !operationsOn(row).includes(operation),
  )
  if (isLast) finishOperation(draft, operation)
}

/** The source goes when its replacement is whole, nobody has it open, and others are good. */
function settleReplacement(
  draft: Draft,
  source: Resource,
  { operation, by, leaveSnapshots }: NonNullable<Resource['leaving']>,
): void {
  const { definition, node } = source
  if (by !== undefined) {
    const target = resourceOf(draft.state, definition, by)
    if (!target || !isLive(target) || target.kind !== 'diskful') {
      const problem = `its replacement on node ${by} is gone`
      draft.record({ type: 'resource.replacement-dropped', definition, node, problem })
      return
    }
    if (!isWhole(draft.state, definition, by)) return
  }
  if (isInUse(draft, definition, node) || isLastGoodCopy(draft, definition, node)) return
  if (refuseIfSource(draft, definition, node)) return
  if (leaveSnapshots !== true && takesAlong(draft, source, by)) return
  if (refuseWhileTaken(draft, definition, node)) return
  draft.record({ type: 'resource.deletion-started', definition, node, operation })
}

/** Every volume is complete and current there, as the node has said while it was connected. */
function isWhole(state: State, definition: string, node: string): boolean {
  if (nodeOf(state, node)?.link.status !== 'online') return false
  return volumeDefinitionsOf(state, definition)
    .filter(isLive)
    .every(({ number }) => volumeOf(state, definition, node, number)?.disk === 'UpToDate')
}

/** All that runs on a resource. */
function operationsOn({ adding, removing, leaving, inactive, phase }: Resource): string[] {
  const moves = [adding, removing, leaving, inactive].flatMap((move) => move?.operation ?? [])
  return phase.status === 'deleting' ? [...moves, phase.operation] : moves
}

const ofReplica: ReadonlySet<Operation['kind']> = new Set([
  'add-disk',
  'remove-disk',
  'migrate-disk',
  'deactivate-resource',
])

/** It ends with the replica; one of a whole node goes on with the others. */
function isOfReplica(draft: Draft, operation: string): boolean {
  const kind = draft.state.operations.get(operation)?.kind
  return kind !== undefined && ofReplica.has(kind)
}
