/** An eviction that a policy asks for: an evacuation of a node that does not answer. */
import { type Args, isLive, nodeOf, type Refusal } from '@varve/events'
import type { Draft } from '../draft.ts'
import { reasonAgainst } from '../policies/watch/auto-evict.ts'
import { evacuateNode } from './evacuate.ts'

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
