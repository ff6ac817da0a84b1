/** Snapshots that go: as a whole, or from some of their nodes. */
import {
  type Args,
  definitionOf,
  isRefusal,
  nameKey,
  type Refusal,
  refer,
  refuse,
  type Snapshot,
  type Volume,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { dependentOf, dependentsOf, settleSnapshots } from '../operations/snapshot.ts'
import { hasIt, refuseWhileCopied } from './copy-guard.ts'
import { missing } from './require.ts'
import { requireSnapshot } from './snapshot-guard.ts'

export function deleteSnapshot(draft: Draft, args: Args<'snapshot.delete'>): Refusal | undefined {
  const row = requireSnapshot(draft, args.definition, args.snapshot)
  if (isRefusal(row)) return row
  if (row.phase === 'deleting') {
    draft.reply = row.operation === undefined ? {} : { operation: row.operation }
    return undefined
  }
  const subject = `${row.definition}/${row.name}`
  const operationNow =
    row.operation ?? definitionOf(draft.state, row.definition)?.rollback?.operation
  if (operationNow !== undefined) {
    return refuse('operation-runs', { operation: operationNow, subject })
  }
  const refused = refuseWhileCopied(draft, row)
  if (refused) return refused
  if (args.nodes) return deleteParts(draft, row, args.nodes)
  const dependent = dependentOf(draft.state, row)
  if (dependent) return refuseDependent(subject, dependent)
  if (row.nodes.length === 0) {
    draft.record({ type: 'snapshot.deleted', definition: row.definition, snapshot: row.name })
    return undefined
  }
  const target = refer('snapshot', row.definition, row.name)
  const operation = draft.startOperation('delete-snapshot', target)
  draft.reply = { operation }
  const { definition, name: snapshot } = row
  draft.record({ type: 'snapshot.deletion-started', definition, snapshot, operation })
  settleSnapshots(draft, definition)
  return undefined
}

/** From some of its nodes: what others need there stays, and so does the last of it. */
function deleteParts(draft: Draft, row: Snapshot, names: readonly string[]): Refusal | undefined {
  const { definition, name: snapshot } = row
  const asked = new Set(names.map(nameKey))
  const parts = row.nodes.filter((one) => asked.has(nameKey(one.node)) && one.volumes.length > 0)
  const unknown = names.find((name) => !parts.some(({ node }) => nameKey(node) === nameKey(name)))
  if (unknown !== undefined) return missing('snapshot', `${definition}/${snapshot} on ${unknown}`)
  const subject = `${definition}/${snapshot}`
  if (!row.nodes.some((one) => hasIt(one) && !parts.includes(one))) {
    const problem = `no other node than ${names.join(', ')} has it`
    const remedy = `As a whole: varve snapshot delete ${definition} ${snapshot}`
    return refuse('in-use', { noun: 'Snapshot', subject, problem }, remedy)
  }
  const dependent = dependentsOf(draft.state, row).find(({ node }) => asked.has(nameKey(node)))
  if (dependent) return refuseDependent(subject, dependent)
  const going = parts.filter(({ leaving }) => leaving === undefined)
  if (going.length === 0) return undefined
  const target = refer('snapshot', definition, snapshot)
  const operation = draft.startOperation('delete-snapshot', target)
  draft.reply = { operation }
  for (const { node } of going) {
    draft.record({
      ...{ type: 'snapshot.part-deletion-started', definition },
      ...{ snapshot, node, operation },
    })
  }
  return undefined
}

function refuseDependent(subject: string, { definition, number, node }: Volume): Refusal {
  const problem = `volume ${definition}/${number} on node ${node} is made from it`
  return refuse('in-use', { noun: 'Snapshot', subject, problem }, 'Delete that one first.')
}
