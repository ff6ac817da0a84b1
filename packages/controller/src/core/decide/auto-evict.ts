/** An evacuation of a node that does not answer, as a policy or a person asks for it. */
import { type Args, isLive, isRefusal, nodeOf, type Refusal, refuse } from '@varve/events'
import type { Draft } from '../draft.ts'
import { reasonAgainst } from '../policies/watch/auto-evict.ts'
import { evacuateNode } from './evacuate.ts'
import { requireNode } from './require.ts'

/** What was thought of several nodes in the same moment is judged once more, one after the other. */
export function autoEvictNode(draft: Draft, args: Args<'node.auto-evict'>): Refusal | undefined {
  const node = nodeOf(draft.state, args.node)
  if (node?.link.status !== 'offline' || !isLive(node) || node.evacuation) return undefined
  if (reasonAgainst(draft.state, node, draft.context.now) !== undefined) return undefined
  const refused = evacuateNode(draft, { node: node.name })
  if (refused) return refused
  const operation = nodeOf(draft.state, node.name)?.evacuation?.operation
  if (operation !== undefined) {
    draft.record({ type: 'node.auto-evicted', node: node.name, operation })
  }
  return undefined
}

/** Nobody asks how long it has been away; what would not be safe is judged replica by replica. */
export function evictNode(draft: Draft, args: Args<'node.evict'>): Refusal | undefined {
  const node = requireNode(draft.state, args.node)
  if (isRefusal(node)) return node
  if (node.link.status === 'online') {
    const remedy = `It can be emptied as it is: varve node evacuate ${node.name}`
    return refuse('node-online', { subject: node.name }, remedy)
  }
  const refused = node.evacuation ? undefined : evacuateNode(draft, { node: node.name })
  if (refused) return refused
  const now = nodeOf(draft.state, node.name)
  const operation = now?.evacuation?.operation
  if (operation === undefined || now?.evicted?.operation === operation) return undefined
  draft.record({ type: 'node.evicted', node: node.name, operation })
  return undefined
}
