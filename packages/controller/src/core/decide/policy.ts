/** Modes of policies, and what they say that they would do. */
import {
  type Args,
  isRefusal,
  nodeOf,
  policyKey,
  proposalKey,
  type Reference,
  type Refusal,
  refer,
  refuse,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { changeProperties } from './property.ts'
import { requireDefinition, requireGroup, requireNode } from './require.ts'

/** A property of the level that is named, so that modes are inherited as all properties are. */
export function setPolicy(draft: Draft, args: Args<'policy.set'>): Refusal | undefined {
  const of = levelOf(draft, args)
  if (isRefusal(of)) return of
  const key = policyKey(args.policy)
  return changeProperties(
    draft,
    of,
    args.mode === 'inherit' ? { deleteProps: [key] } : { setProps: { [key]: args.mode } },
  )
}

function levelOf(
  { state }: Draft,
  { group, definition, node }: Args<'policy.set'>,
): Reference | Refusal {
  const given = [group, definition, node].filter((name) => name !== undefined)
  if (given.length > 1) {
    const problem = 'give one group, one definition or one node, or none of them for the cluster'
    return refuse('invalid-arguments', { subject: 'policy.set', problem })
  }
  if (group !== undefined) {
    const row = requireGroup(state, group)
    return isRefusal(row) ? row : refer('resource-group', row.name)
  }
  if (definition !== undefined) {
    const row = requireDefinition(state, definition)
    return isRefusal(row) ? row : refer('resource-definition', row.name)
  }
  if (node === undefined) return refer('controller')
  const row = requireNode(state, node)
  return isRefusal(row) ? row : refer('node', row.name)
}

export function makeProposal(draft: Draft, args: Args<'proposal.make'>): undefined {
  draft.record({ type: 'proposal.made', ...args })
}

export function closeProposal(draft: Draft, args: Args<'proposal.close'>): undefined {
  const row = draft.state.proposals.get(proposalKey(args.policy, args.about))
  if (row && !row.closed) draft.record({ type: 'proposal.closed', ...args })
}

/** What peers say counts only while the controller itself hears nothing. */
export function noteSight(draft: Draft, args: Args<'fact.node-sight'>): undefined {
  const row = nodeOf(draft.state, args.node)
  if (row?.link.status !== 'offline') return
  const isUnseen = row.link.unseenSince !== undefined
  if (args.isSeen && isUnseen) draft.record({ type: 'node.seen-by-peers', node: row.name })
  if (!args.isSeen && !isUnseen) draft.record({ type: 'node.unseen', node: row.name })
}
