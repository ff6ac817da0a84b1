/** Waivers: nobody waits for a node that is away, and what it still holds becomes its debt. */
import { type Args, isRefusal, keyOf, type Refusal, refuse, resourceOf } from '@varve/events'
import { compileResource } from '../desired/compile.ts'
import type { Draft } from '../draft.ts'
import { peersThatHear } from '../operations/debt.ts'
import { removeResource } from '../operations/settle.ts'
import { missing, requireNode } from './require.ts'
import { refuseIfSnapshotsOn } from './snapshot-guard.ts'

/** Refusal unless the node is away altogether: else it removes what it has by itself. */
export function refuseWaiver(draft: Draft, definition: string, name: string): Refusal | undefined {
  const node = requireNode(draft.state, name)
  if (isRefusal(node)) return node
  if (node.link.status === 'online') {
    const problem = 'it is online, and removes what it has by itself'
    return refuse('no-waiver', { subject: node.name, problem }, 'Leave the waiver out.')
  }
  const kept = refuseIfSnapshotsOn(draft, definition, node.name)
  if (kept) return kept
  const row = resourceOf(draft.state, definition, node.name)
  if (row?.space !== undefined) {
    const problem = `what it has of ${definition} in shared space ${row.space} may be open there`
    return refuse(
      'no-waiver',
      { subject: node.name, problem },
      `If it is off and will not come back: varve node lost ${node.name}`,
    )
  }
  const [peer] = peersThatHear(draft, definition, node.name)
  if (peer === undefined) return undefined
  const problem = `only its satellite is away: ${definition} is connected from there to ${peer}`
  return refuse(
    'no-waiver',
    { subject: node.name, problem },
    `Start the satellite on ${node.name}.`,
  )
}

/** What is being deleted there is gone at once; its node owes the rest. */
export function waiveCleanup(draft: Draft, name: string, on: string): void {
  const resource = resourceOf(draft.state, name, on)
  const document = resource && compileResource(draft.state, resource.definition, resource.node)
  if (resource?.phase.status !== 'deleting' || document?.state !== 'absent') return
  // Plain data, as it is read again from the log: fields that are undefined are not there.
  const { layers, volumes } = JSON.parse(JSON.stringify(document)) as typeof document
  const { definition, node, phase } = resource
  const { since } = phase
  draft.record({ type: 'debt.recorded', definition, node, layers, volumes, since })
  removeResource(draft, definition, node, 'resource.lost')
}

export function forgiveDebt(draft: Draft, args: Args<'debt.forgive'>): Refusal | undefined {
  const debt = draft.state.debts.get(keyOf(args.definition, args.node))
  if (!debt) return missing('debt', `${args.definition} on node ${args.node}`)
  draft.record({ type: 'debt.forgiven', definition: debt.definition, node: debt.node })
  return undefined
}
