/** Why a placement came out as it did, short enough to be stored with its entry. */
import {
  type Candidate,
  explanationLimits,
  type PlacementExplanation,
  type Verdict,
} from '@varve/events'
import type { Ask } from './ask.ts'
import type { Filtered } from './filter.ts'
import type { PlacementRequest } from './request.ts'
import type { Scored, Scores } from './score.ts'

/** The explanation before any pool was looked at. */
export function explainNothing(
  request: PlacementRequest,
  needed: number,
  note?: string,
): PlacementExplanation {
  return {
    sizeKib: request.sizeKib,
    needed,
    chosen: [],
    strategies: [],
    candidates: [],
    rejected: [],
    more: 0,
    ...(note === undefined ? {} : { note }),
  }
}

export function explain(
  ask: Ask,
  { filtered, scores }: { readonly filtered: Filtered; readonly scores: Scores },
  outcome: { readonly chosen: readonly Scored[]; readonly note?: string },
): PlacementExplanation {
  const candidates = scores.ranked.slice(0, explanationLimits.candidates)
  const rejected = filtered.rejected.slice(0, explanationLimits.rejected)
  const shown = candidates.length + rejected.length
  return {
    sizeKib: ask.sizeKib,
    needed: ask.needed,
    chosen: outcome.chosen.map(({ node, pool }) => ({ node: node.name, pool: pool.name })),
    strategies: [...scores.strategies],
    candidates: candidates.map(candidateOf),
    rejected,
    more: scores.ranked.length + filtered.rejected.length - shown,
    ...(outcome.note === undefined ? {} : { note: outcome.note }),
  }
}

/** One line per node or pool, for the details of a refusal. */
export function explanationLines(explanation: PlacementExplanation): string[] {
  const lines = [
    ...explanation.candidates.map(([node, pool]) => `${node}/${pool}: fits`),
    ...explanation.rejected.map(verdictLine),
  ]
  if (explanation.more > 0) lines.push(`and ${explanation.more} more`)
  if (explanation.note !== undefined) lines.push(explanation.note)
  return lines
}

function verdictLine({ node, pool, reason }: Verdict): string {
  return `${pool === undefined ? node : `${node}/${pool}`}: ${reason}`
}

function candidateOf({ node, pool, shares }: Scored): Candidate {
  const row: Candidate = [node.name, pool.name]
  for (const share of shares) row.push(round(share))
  return row
}

/** Nine decimals keep the smallest default weight readable and the entry short; never -0. */
function round(value: number): number {
  return Math.round(value * 1e9) / 1e9 || 0
}
