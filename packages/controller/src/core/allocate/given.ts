/** For tests: a state from the events that led to it. */
import { createState, evolve, type State, type VarveEvent } from '@varve/events'

export function stateOf(events: readonly VarveEvent[]): State {
  const state = createState('0'.repeat(64))
  for (const [at, event] of events.entries()) {
    evolve(state, event, { entry: `entry-${at}`, at, sequence: at })
  }
  return state
}

export function definition(name: string, preferredPort?: number): VarveEvent {
  return {
    type: 'resource-definition.created',
    definition: name,
    group: 'DfltRscGrp',
    layers: ['DRBD', 'STORAGE'],
    peerSlots: 7,
    ...(preferredPort === undefined ? {} : { preferredPort }),
  }
}
