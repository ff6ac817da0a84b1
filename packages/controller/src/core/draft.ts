/**
 * A decision in the making: a fork of the state plus the events so far. What is recorded is
 * folded at once, so later steps of the same command see it; a refusal throws the draft away.
 */
import {
  commit,
  type EntryId,
  evolve,
  fork,
  type Origin,
  type PlacementExplanation,
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
  readonly #base: State
  readonly #origin: Origin

  constructor(base: State, context: Context) {
    this.#base = base
    this.state = fork(base)
    this.context = context
    this.#origin = { entry: context.entry, at: context.now, sequence: context.sequence }
  }

  record(event: VarveEvent): void {
    this.events.push(event)
    evolve(this.state, event, this.#origin)
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

  /** Makes the draft part of the state it was forked from. */
  accept(): void {
    commit(this.state, this.#base)
  }
}
