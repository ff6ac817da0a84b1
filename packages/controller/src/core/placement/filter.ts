/** Which pools could take the resource, and why each other one cannot (reference 7.2, 7.3). */
import { type Node, nameKey, type Verdict } from '@varve/events'
import type { Ask } from './ask.ts'
import { type NodeRule, nodeRulesOf } from './node-rules.ts'
import { type Measured, type PoolRule, poolRulesOf } from './pool-rules.ts'
import { measureSpace } from './space.ts'

export type Filtered = {
  /** In the order of the pool keys. */
  readonly fitting: readonly Measured[]
  /** One verdict per node that fails, else one per pool that fails. */
  readonly rejected: readonly Verdict[]
}

/**
 * One pass over all pools in key order: pools of one node follow each other, so each node is
 * judged once. Pools of the wrong sort (diskless for a diskful resource) are not worth a word.
 */
export function filterPools(ask: Ask): Filtered {
  const fitting: Measured[] = []
  const rejected: Verdict[] = []
  const judged = new Set<string>()
  let key = ''
  let node: Node | undefined
  const nodeRules = nodeRulesOf(ask)
  const poolRules = poolRulesOf(ask)
  for (const pool of ask.state.pools.values()) {
    if ((pool.provider === 'DISKLESS') !== ask.diskless) continue
    const poolNode = nameKey(pool.node)
    if (poolNode !== key) {
      key = poolNode
      node = judgeNode(ask, nodeRules, key, rejected)
      judged.add(key)
    }
    if (node === undefined) continue
    const space = measureSpace(ask.state, ask.observed, pool, ask.sharedPromised)
    const measured: Measured = { ...space, pool, node }
    const failed = judgePool(ask, poolRules, measured)
    if (failed === undefined) fitting.push(measured)
    else rejected.push({ node: node.name, pool: pool.name, ...failed })
  }
  if (judged.size < ask.state.nodes.size) rejectPoolless(ask, judged, rejected)
  return { fitting, rejected }
}

/** The node when it passes; else its verdict is noted. */
function judgeNode(
  ask: Ask,
  rules: Rules<NodeRule>,
  key: string,
  rejected: Verdict[],
): Node | undefined {
  const node = ask.state.nodes.get(key)
  if (node === undefined) return undefined
  for (const [rule, judge] of rules) {
    const answer = judge(ask, node, key)
    if (answer.answer === 'ok') continue
    rejected.push({ node: node.name, rule, answer: answer.answer, reason: answer.reason })
    return undefined
  }
  return node
}

type Rules<R> = readonly (readonly [string, R, unknown])[]

function judgePool(ask: Ask, rules: Rules<PoolRule>, measured: Measured) {
  for (const [rule, judge] of rules) {
    const answer = judge(ask, measured)
    if (answer.answer !== 'ok') return { rule, answer: answer.answer, reason: answer.reason }
  }
  return undefined
}

function rejectPoolless(ask: Ask, judged: ReadonlySet<string>, rejected: Verdict[]): void {
  const sort = ask.diskless ? 'diskless storage pool' : 'storage pool'
  for (const key of ask.state.nodes.keys()) {
    const node = judged.has(key) ? undefined : ask.state.nodes.get(key)
    if (node === undefined) continue
    const reason = `it has no ${sort}`
    rejected.push({ node: node.name, rule: 'storage-pool', answer: 'never', reason })
  }
}
