/**
 * What follows at once on a change of a definition, in the order that LINSTOR has. What has to wait
 * for time or for facts stands in `watch/`.
 */
import { type Command, type PolicyName, policyModeOf, refer } from '@varve/events'
import { clonePolicy } from './clone.ts'
import type { Facts } from './facts.ts'
import { quorumPolicy } from './quorum.ts'
import { rollbackPolicy } from './rollback.ts'
import { tieBreakerPolicy } from './tie-breaker.ts'
import { commandsFor } from './verdict.ts'
import { verifyAlgorithmPolicy } from './verify-algorithm.ts'

export type Policy = {
  readonly name: string
  readonly run: (facts: Facts) => readonly Command[]
  /** No policy looks at what this one changes. */
  readonly isLast?: true
}

export const policies: readonly Policy[] = [
  switchable('tie-breaker', tieBreakerPolicy),
  // What somebody has asked for goes on, whatever is switched off.
  { name: 'clone', run: clonePolicy },
  { name: 'rollback', run: rollbackPolicy },
  // Nobody else looks at what is verified by.
  { ...switchable('auto-verify-algo', verifyAlgorithmPolicy), isLast: true },
  // The tie-breaker looks at a quorum that a user has set, which this policy leaves alone.
  { ...switchable('quorum', quorumPolicy), isLast: true },
]

function switchable(policy: PolicyName, judge: (facts: Facts) => Command[]): Policy {
  return {
    name: policy,
    run(facts) {
      const { state, definition, chain } = facts
      const mode = policyModeOf(policy, chain)
      if (mode === 'on' && state.proposals.size === 0) return judge(facts)
      const commands = mode === 'off' ? [] : judge(facts)
      const wish = commands.map(wishOf).join(', then ')
      const about = refer('resource-definition', definition.name)
      return commandsFor(state, { policy, about, mode }, { commands, wish })
    },
  }
}

function wishOf({ type, args }: Command): string {
  if (type === 'tie-breaker.add') return `add a tie-breaker for ${args.definition} on ${args.node}`
  if (type === 'tie-breaker.remove') return `remove the tie-breaker of ${args.definition}`
  if (type === 'verify-algorithm.manage') {
    const digest = args.digest ?? 'nothing, since its nodes have no digest in common'
    return `verify ${args.definition} by ${digest}`
  }
  return type === 'quorum.manage' ? `set quorum of ${args.definition} to ${args.quorum}` : type
}
