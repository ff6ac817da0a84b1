/** Which replica to remove when there are too many: the un-placer (reference 15). */
import {
  isLive,
  measureSpace,
  nameKey,
  nodeOf,
  type ObservedView,
  type Resource,
  resourcesOf,
  type State,
  standingOf,
} from '@varve/events'
import type { Measured } from './pool-rules.ts'
import { poolsOf, type RemovalRequest, reasonsAgainst } from './removal-reasons.ts'
import { scorePools } from './score.ts'

export type Removal = {
  readonly node: string
  /** What speaks against the replica; the one with most goes first. */
  readonly reasons: readonly string[]
  /** Sum of the placement scores of its pools: the fullest pools have the lowest. */
  readonly poolScore: number
}

/**
 * Replicas in the order in which they may go: most reasons first, then the fullest pools, then by
 * node name. Whether one may go at all (last good copy, in use) is not judged here.
 */
export function rankRemovals(
  state: State,
  observed: ObservedView,
  request: RemovalRequest,
): readonly Removal[] {
  const among = request.among && new Set(request.among.map(nameKey))
  const replicas = resourcesOf(state, request.definition).filter(
    (row) => isLive(row) && row.kind === 'diskful',
  )
  const scores = poolScores(state, observed, replicas)
  return replicas
    .filter((row) => among === undefined || among.has(nameKey(row.node)))
    .map((row) => ({
      node: row.node,
      reasons: reasonsAgainst(state, observed, request, { row, replicas }),
      poolScore: scores.get(row) ?? 0,
    }))
    .sort((a, b) => b.reasons.length - a.reasons.length || a.poolScore - b.poolScore)
}

/** The replica to remove first; undefined when there is none. */
export function chooseRemoval(
  state: State,
  observed: ObservedView,
  request: RemovalRequest,
): Removal | undefined {
  return rankRemovals(state, observed, request)[0]
}

/** Placement score of each replica's pools, compared with those of the other replicas. */
function poolScores(
  state: State,
  observed: ObservedView,
  replicas: readonly Resource[],
): ReadonlyMap<Resource, number> {
  const owners: Resource[] = []
  const measured: Measured[] = []
  for (const row of replicas) {
    const node = nodeOf(state, row.node)
    if (node === undefined) continue
    for (const pool of poolsOf(state, row)) {
      owners.push(row)
      const space = measureSpace(state, observed, standingOf(state, pool))
      measured.push({ pool, node, poolKey: nameKey(pool.name), space })
    }
  }
  const scores = new Map<Resource, number>()
  for (const { node, score } of scorePools(state, measured).ranked) {
    const owner = owners.find((row) => nameKey(row.node) === nameKey(node.name))
    if (owner) scores.set(owner, (scores.get(owner) ?? 0) + score)
  }
  return scores
}
