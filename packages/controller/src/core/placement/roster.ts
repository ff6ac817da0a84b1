/**
 * The pools of the cluster as placements go through them: in the order of their keys, each with its
 * node and what only changes when a node, a pool or a property does. Made once and used by every
 * placement until then; with a thousand nodes, looking all of that up again is most of a command.
 */
import { type Node, nameKey, type Standing, type State, standingOf } from '@varve/events'

/** One pool on its node. */
export type Seat = Standing & {
  readonly node: Node
  readonly nodeKey: string
  readonly poolKey: string
}

export type Roster = {
  /** Pools of one node follow each other. */
  readonly seats: readonly Seat[]
  /** Nodes without such a pool. */
  readonly poolless: readonly Node[]
}

type Rosters = {
  readonly versions: readonly number[]
  readonly diskful: Roster
  readonly diskless: Roster
}

const known = new WeakMap<State, Rosters>()

/** Of the pools that hold data, or of those that stand for having none. */
export function rosterOf(state: State, diskless: boolean): Roster {
  let rosters = known.get(state)
  if (!rosters || !isCurrent(rosters, state)) {
    const [diskful, without] = [makeRoster(state, false), makeRoster(state, true)]
    rosters = {
      versions: tablesOf(state).map(({ version }) => version),
      diskful,
      diskless: without,
    }
    known.set(state, rosters)
  }
  return diskless ? rosters.diskless : rosters.diskful
}

/** All that a seat is made of. */
const tablesOf = ({ nodes, pools, poolDefinitions, controller }: State) => [
  nodes,
  pools,
  poolDefinitions,
  controller,
]

function isCurrent({ versions }: Rosters, state: State): boolean {
  return tablesOf(state).every(({ version }, index) => version === versions[index])
}

function makeRoster(state: State, diskless: boolean): Roster {
  const seats: Seat[] = []
  const seated = new Set<string>()
  for (const pool of state.pools.values()) {
    if ((pool.provider === 'DISKLESS') !== diskless) continue
    const nodeKey = nameKey(pool.node)
    const node = state.nodes.get(nodeKey)
    if (!node) continue
    seated.add(nodeKey)
    seats.push({ ...standingOf(state, pool), node, nodeKey, poolKey: nameKey(pool.name) })
  }
  const rest = state.nodes.keys().filter((key) => !seated.has(key))
  return { seats, poolless: rest.flatMap((key) => state.nodes.get(key) ?? []) }
}
