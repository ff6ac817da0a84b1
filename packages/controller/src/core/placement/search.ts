/**
 * Which of the fitting pools are taken together (reference 7.5): depth first over the pools, best
 * first, and over windows of the list as long as a later window could still be better.
 */

import type { Ask } from './ask.ts'
import type { Scored } from './score.ts'
import { isFillable, roomOf, type SearchState, startSearch } from './search-state.ts'

export type Selection =
  | { readonly found: true; readonly chosen: readonly Scored[] }
  /** `stopped`: the search was given up, so nobody knows. */
  | { readonly found: false; readonly stopped: boolean }

/**
 * Candidates looked at before a search is given up: some 0.1 s, which only constraints that
 * contradict each other over hundreds of nodes can reach. The leader decides nothing meanwhile.
 */
const stepLimit = 200_000

/** `ranked`: best first. The same input gives the same selection. */
export function selectPools(ask: Ask, ranked: readonly Scored[]): Selection {
  const { needed } = ask
  if (isHopeless(ask, ranked)) return { found: false, stopped: false }
  const search = startSearch(ask, ranked)
  let best: readonly Scored[] | undefined
  let bestSum = Number.NEGATIVE_INFINITY
  let steps = 0
  for (let start = 0; start + needed <= ranked.length; start += 1) {
    if (best !== undefined && windowSum(ranked, start, needed) <= bestSum) break
    if (!extend(start)) break
    const sum = search.chosen.reduce((total, { score }) => total + score, 0)
    if (sum > bestSum) {
      best = [...search.chosen]
      bestSum = sum
    }
    while (search.chosen.length > 0) search.drop()
  }
  if (best !== undefined) return { found: true, chosen: best }
  return { found: false, stopped: steps > stepLimit }

  function extend(from: number): boolean {
    const missing = needed - search.chosen.length
    if (missing === 0) return isFillable(search)
    let failed: Set<string> | undefined
    for (let at = from; at + missing <= ranked.length; at += 1) {
      steps += 1
      if (steps > stepLimit) return false
      const candidate = ranked[at] as Scored
      if (failed?.has(search.twinOf(at)) || !search.allows(candidate)) continue
      search.take(candidate)
      if (extend(at + 1)) return true
      search.drop()
      failed = rememberFailure(search, at, failed)
    }
    return false
  }
}

/** What failed with one pool fails with every later one that is like it in all that is judged. */
function rememberFailure(
  search: SearchState,
  at: number,
  failed: Set<string> | undefined,
): Set<string> | undefined {
  if (!search.isInterchangeable(at)) return failed
  return (failed ?? new Set()).add(search.twinOf(at))
}

/** Too few nodes, or too few values for a rule: seen at once, never worth a search. */
function isHopeless({ needed, constraints }: Ask, ranked: readonly Scored[]): boolean {
  if (countNodes(ranked, needed) < needed) return true
  return constraints.different.some((rule) => roomOf(rule, ranked) < needed)
}

/** Best sum that any selection from `start` on can have: that of the first `needed` pools. */
function windowSum(ranked: readonly Scored[], start: number, needed: number): number {
  let sum = 0
  for (let at = start; at < start + needed; at += 1) sum += ranked[at]?.score ?? 0
  return sum
}

/** Number of different nodes, counted no further than `enough`. */
function countNodes(ranked: readonly Scored[], enough: number): number {
  const nodes = new Set<string>()
  for (const { node } of ranked) {
    nodes.add(node.name)
    if (nodes.size >= enough) break
  }
  return nodes.size
}
