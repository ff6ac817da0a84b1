/** All automatic managers that follow a change of a definition, in the order that LINSTOR has. */
import type { Command } from '@varve/events'
import { clonePolicy } from './clone.ts'
import type { Facts } from './facts.ts'
import { quorumPolicy } from './quorum.ts'
import { rollbackPolicy } from './rollback.ts'
import { tieBreakerPolicy } from './tie-breaker.ts'

export type Policy = {
  readonly name: string
  readonly run: (facts: Facts) => Command[]
  /** No policy looks at what this one changes. */
  readonly isLast?: true
}

export const policies: readonly Policy[] = [
  { name: 'tie-breaker', run: tieBreakerPolicy },
  { name: 'clone', run: clonePolicy },
  { name: 'rollback', run: rollbackPolicy },
  // The tie-breaker looks at a quorum that a user has set, which this policy leaves alone.
  { name: 'quorum', run: quorumPolicy, isLast: true },
]
