/** What a decision is given beside the state: time, chance and observations are arguments. */
import type { ObservedView } from '@varve/events'

export type Context = {
  /** Id of the entry that this decision would become. */
  readonly entry: string
  /** Leader's clock, ms since epoch, never before the last entry's. */
  readonly now: number
  /** Log sequence of the block that the entry would stand in. */
  readonly sequence: number
  /** 16 random hex digits, new with each call. */
  readonly random64: () => string
  readonly observed: ObservedView
}
