/**
 * A policy that waits for time or for facts. It is asked about one object at a time, when an event
 * may have given it a reason, or when the time has come that it named itself; never otherwise.
 */
import type { EventOf, EventType, ObservedView, PolicyName, Reference, State } from '@varve/events'
import { nothingWanted, type Verdict } from '../verdict.ts'

export type Sight = {
  readonly state: State
  readonly observed: ObservedView
  /** Leader's clock, ms since epoch. */
  readonly now: number
}

export type Judgement = {
  readonly verdict: Verdict
  /** Ask again then (ms since epoch), though nothing may have changed. */
  readonly again?: number | undefined
}

/** Objects to look at after an event; `state` is the one after it. */
type Wakes = {
  readonly [T in EventType]?: (state: State, event: EventOf<T>) => readonly Reference[]
}

export type Watcher = {
  readonly policy: PolicyName
  /** Properties that its judgement hangs on, beside its mode. */
  readonly keys: readonly string[]
  readonly wakes: Wakes
  /** Everything that it might have to do with: for a leader that begins, and after a switch. */
  readonly all: (state: State) => readonly Reference[]
  readonly judge: (sight: Sight, about: Reference) => Judgement
}

export const content: Judgement = { verdict: nothingWanted }

/** How soon a policy looks again at what was refused, or at what it stands down from. */
export const patienceMs = 60_000
