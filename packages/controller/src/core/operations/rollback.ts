/**
 * Moves a rollback from phase to phase: down everywhere, rolled back everywhere, up again. No node
 * begins a phase before all have done the one before, so old and new data never meet.
 */
import {
  type Args,
  definitionOf,
  nameKey,
  type Resource,
  type ResourceDefinition,
  resourcesOf,
  rollbackWaitsFor,
  type State,
  snapshotOf,
  volumeDefinitionOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { finishOperation as finish } from './finish.ts'

type Observed = Args<'fact.resource-observed'>

/** What a node says of its part. */
export function observeRollback(draft: Draft, resource: Resource, args: Observed): void {
  const row = definitionOf(draft.state, resource.definition)
  const rollback = row?.rollback
  if (!row || !rollback) return
  const told = args.rollback
  if (rollback.phase === 'stopping' && told?.operation === rollback.operation) {
    fail(draft, row, `node ${resource.node}: ${told.problem}`)
    return
  }
  const isDone = args.from >= rollback.since && !rollback.reached.includes(nameKey(resource.node))
  if (!isDone || (rollback.phase === 'starting' && !isWhole(draft.state, resource, args))) return
  const { definition, node } = resource
  draft.record({ type: 'rollback.node-reached', definition, node })
}

/** A resync after a rollback is part of it: what came up may have been written to a moment before. */
function isWhole(state: State, { definition, kind }: Resource, { volumes }: Observed): boolean {
  if (kind !== 'diskful') return true
  return volumes.every(({ number, disk }) => {
    const isReplicated = volumeDefinitionOf(state, definition, number)?.minor !== undefined
    return !isReplicated || disk === 'UpToDate'
  })
}

export function settleRollback(draft: Draft, name: string): void {
  const row = definitionOf(draft.state, name)
  if (!row?.rollback || rollbackWaitsFor(draft.state, row).length > 0) return
  const { definition, snapshot } = { definition: row.name, snapshot: row.rollback.snapshot }
  switch (row.rollback.phase) {
    case 'stopping': {
      const volumes = snapshotOf(draft.state, definition, snapshot)?.volumes ?? []
      const isLeft = resourcesOf(draft.state, name).some((one) => one.kind === 'diskful')
      if (!isLeft) {
        fail(draft, row, 'every node that has the snapshot is lost')
        return
      }
      draft.record({
        type: 'rollback.committed',
        definition,
        volumes: volumes.map(({ number, sizeKib, luksKey, luksKeyBoundTo, luksKeyIsChosen }) => ({
          number,
          sizeKib,
          ...(luksKey === undefined ? {} : { key: luksKey }),
          ...(luksKeyBoundTo === undefined ? {} : { boundTo: luksKeyBoundTo }),
          ...(luksKeyIsChosen ? { isChosen: true } : {}),
        })),
      })
      return
    }
    case 'rolling-back':
      draft.record({ type: 'rollback.starting', definition })
      return
    case 'starting': {
      const { operation } = row.rollback
      draft.record({ type: 'rollback.finished', definition })
      finish(draft, operation)
    }
  }
}

/** Nobody waits any longer for a node that does not even go down. */
export function expireRollback(draft: Draft, args: Args<'rollback.expire'>): undefined {
  const row = definitionOf(draft.state, args.definition)
  if (row?.rollback?.phase !== 'stopping') return undefined
  const late = rollbackWaitsFor(draft.state, row).map(({ node }) => node)
  fail(draft, row, `no word in time from ${late.join(', ')} while it was to go down`)
  return undefined
}

function fail(draft: Draft, { name, rollback }: ResourceDefinition, problem: string): void {
  draft.record({ type: 'rollback.failed', definition: name, problem })
  if (rollback) finish(draft, rollback.operation)
}
