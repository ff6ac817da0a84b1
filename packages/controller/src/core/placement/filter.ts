/** Which pools could take the resource, and why each other one cannot (reference 7.2, 7.3). */
import type { Node, Verdict } from '@varve/events'
import { measureSpace } from '@varve/events'
import type { Ask } from './ask.ts'
import { type NodeRule, nodeRulesOf } from './node-rules.ts'
import { type Measured, type PoolRule, poolRulesOf } from './pool-rules.ts'
import { rosterOf, type Seat } from './roster.ts'

export type Filtered = {
  /** In the order of the pool keys. */
  readonly fitting: readonly Measured[]
  /** One verdict per node that fails, else one per pool that fails. */
  readonly rejected: readonly Verdict[]
}

/**
 * One pass over all pools: those of one node follow each other, so each node is judged once. Pools
 * of the wrong sort (diskless for a diskful resource) are not worth a word.
 */
export function filterPools(ask: Ask): Filtered {
  const fitting: Measured[] = []
  const rejected: Verdict[] = []
  const nodeRules = nodeRulesOf(ask)
  const poolRules = poolRulesOf(ask)
  const { seats, poolless } = rosterOf(ask.state, ask.diskless)
  let judged: Node | undefined
  let isFit = false
  for (const seat of seats) {
    const { node, pool } = seat
    if (node !== judged) {
      judged = node
      isFit = judgeNode(ask, nodeRules, seat, rejected)
    }
    if (!isFit) continue
    const space = measureSpace(ask.state, ask.observed, seat, ask.sharedPromised)
    const measured: Measured = { pool, node, poolKey: seat.poolKey, space }
    const failed = judgePool(ask, poolRules, measured)
    if (failed === undefined) fitting.push(measured)
    else rejected.push({ node: node.name, pool: pool.name, ...failed })
  }
  for (const node of poolless) rejected.push(poollessVerdict(ask, node))
  return { fitting, rejected }
}

/** True when the node passes; else its verdict is noted. */
function judgeNode(
  ask: Ask,
  rules: Rules<NodeRule>,
  { node, nodeKey }: Seat,
  rejected: Verdict[],
): boolean {
  for (const { name, judge } of rules) {
    const answer = judge(ask, node, nodeKey)
    if (answer.answer === 'ok') continue
    rejected.push({ node: node.name, rule: name, answer: answer.answer, reason: answer.reason })
    return false
  }
  return true
}

type Rules<R> = readonly { readonly name: string; readonly judge: R }[]

function judgePool(ask: Ask, rules: Rules<PoolRule>, measured: Measured) {
  for (const { name, judge } of rules) {
    const answer = judge(ask, measured)
    if (answer.answer !== 'ok') return { rule: name, answer: answer.answer, reason: answer.reason }
  }
  return undefined
}

function poollessVerdict({ diskless }: Ask, { name }: Node): Verdict {
  const reason = `it has no ${diskless ? 'diskless storage pool' : 'storage pool'}`
  return { node: name, rule: 'storage-pool', answer: 'never', reason }
}
