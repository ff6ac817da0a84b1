/** Why a node would not get a replica, as it is told. */
import type { Verdict } from '@varve/events'

export type WhyNot = {
  readonly node: string
  /** What speaks against it: one for the node, or one for each of its pools. */
  readonly verdicts: readonly Verdict[]
  /** Pools that fit, with their place among all that do, the best being 1. */
  readonly fits: readonly { readonly pool: string; readonly rank: number; readonly score: number }[]
  readonly fitting: number
}

/** Of a resource there is, or of one of `sizeKib` that a group would have. */
export type Candidate =
  | { readonly definition: string }
  | { readonly group: string; readonly sizeKib: number }
