/** Cleanup debts: what an absent node still holds of a resource that nobody waits for any more. */
import { type Args, keyOf, nameKey, nodeOf, resourcesOf } from '@varve/events'
import type { Draft } from '../draft.ts'

/** The node says that nothing is left; of documents before that one it does not count. */
export function observeDebt(
  draft: Draft,
  { definition, node, absent, from }: Args<'fact.resource-observed'>,
): void {
  const debt = draft.state.debts.get(keyOf(definition, node))
  if (!debt || !absent || from < debt.since) return
  draft.record({ type: 'debt.paid', definition: debt.definition, node: debt.node })
}

/** A node that is not there any more owes nothing. */
export function forgiveDebts(draft: Draft, name: string): void {
  for (const { definition, node } of draft.state.debts.by('node', nameKey(name))) {
    draft.record({ type: 'debt.forgiven', definition, node })
  }
}

/** Peers that are connected with the node by DRBD: only its satellite is away then. */
export function peersThatHear(draft: Draft, definition: string, node: string): string[] {
  const key = nodeOf(draft.state, node)?.name ?? node
  return resourcesOf(draft.state, definition).flatMap((row) => {
    const isOnline = nodeOf(draft.state, row.node)?.link.status === 'online'
    const seen = isOnline ? draft.context.observed.resource(definition, row.node) : undefined
    const link = seen?.connections.find(({ peer }) => peer === key)
    return link?.state === 'Connected' ? [row.node] : []
  })
}
