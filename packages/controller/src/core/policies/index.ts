/** All automatic managers that follow a change of a definition, in the order that LINSTOR has. */
import type { Command, ObservedView, State } from '@varve/events'
import { clonePolicy } from './clone.ts'
import { quorumPolicy } from './quorum.ts'
import { rollbackPolicy } from './rollback.ts'
import { tieBreakerPolicy } from './tie-breaker.ts'

export type Policy = {
  readonly name: string
  readonly run: (state: State, observed: ObservedView, definition: string) => Command[]
}

export const policies: readonly Policy[] = [
  { name: 'tie-breaker', run: tieBreakerPolicy },
  { name: 'clone', run: (state, _observed, definition) => clonePolicy(state, definition) },
  { name: 'rollback', run: (state, _observed, definition) => rollbackPolicy(state, definition) },
  { name: 'quorum', run: (state, _observed, definition) => quorumPolicy(state, definition) },
]
