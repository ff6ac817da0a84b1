/** Why a placement came out as it did: stored with the entry, shown by `explain placement`. */
import { z } from 'zod'

export const Verdict = z.strictObject({
  node: z.string(),
  pool: z.string().optional(),
  /** Name of the rule that decided against it. */
  rule: z.string(),
  /** `never`: no waiting helps; `not-now`: may pass later (node offline, pool full). */
  answer: z.enum(['not-now', 'never']),
  reason: z.string(),
})
export type Verdict = z.infer<typeof Verdict>

/**
 * Node, pool, then the weighted share of each of the explanation's strategies; their sum is the
 * score. A row, not an object: names repeated for each candidate would be a third of the log.
 */
export const Candidate = z.tuple([z.string(), z.string()], z.number())
export type Candidate = z.infer<typeof Candidate>

export function scoreOf([, , ...shares]: Candidate): number {
  return shares.reduce((sum, share) => sum + share, 0)
}

/** Lists are cut to the limits below; `more` counts what was left out. */
export const PlacementExplanation = z.strictObject({
  sizeKib: z.int(),
  needed: z.int(),
  chosen: z.array(z.strictObject({ node: z.string(), pool: z.string() })),
  /** What the shares of candidates are called. */
  strategies: z.array(z.string()),
  /** Best first. */
  candidates: z.array(Candidate),
  rejected: z.array(Verdict),
  more: z.int(),
  note: z.string().optional(),
})
export type PlacementExplanation = z.infer<typeof PlacementExplanation>

/** An entry must stay small on clusters of a thousand nodes: 32 + 64 rows are about 12 KiB. */
export const explanationLimits = { candidates: 32, rejected: 64 } as const
