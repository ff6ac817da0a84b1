/**
 * A decision in the making: the events so far. What is recorded is folded at once, so later steps
 * of the same command see it; whoever decides takes it back when the outcome is a refusal.
 */
import {
  attempt,
  type EntryId,
  evolve,
  type Origin,
  type PlacementExplanation,
  type Refusal,
  type State,
  type VarveEvent,
} from '@varve/events'
import type { Context } from './context.ts'

export class Draft {
  readonly state: State
  readonly context: Context
  readonly events: VarveEvent[] = []
  /** Shown to the sender and remembered for repeats of the same command. */
  reply: Record<string, unknown> = {}
  explain: PlacementExplanation | undefined
  readonly #origin: Origin

  constructor(state: State, context: Context) {
    this.state = state
    this.context = context
    this.#origin = { entry: context.entry, at: context.now, sequence: context.sequence }
  }

  record(event: VarveEvent): void {
    this.events.push(event)
    evolve(this.state, event, this.#origin)
  }

  /** A part that may fail without the whole: what it recorded is taken back when it is refused. */
  attempt(part: () => Refusal | undefined): Refusal | undefined {
    const recorded = this.events.length
    const refusal = attempt(this.state, part, (refused) => refused === undefined)
    if (refusal) this.events.length = recorded
    return refusal
  }

  /** An operation is named after the entry that started it; a further one gets a suffix. */
  startOperation(
    kind: Extract<VarveEvent, { type: 'operation.started' }>['kind'],
    target: Extract<VarveEvent, { type: 'operation.started' }>['target'],
  ): EntryId {
    const taken = this.events.filter((event) => event.type === 'operation.started').length
    const operation = taken === 0 ? this.context.entry : `${this.context.entry}.${taken}`
    this.record({ type: 'operation.started', operation, kind, target })
    return operation
  }
}
