/** The state of one search: what is chosen so far, and what that still allows. */
import type { Ask } from './ask.ts'
import { type DifferentRule, remainingOf } from './constraint.ts'
import { whyNotMixed } from './mixing.ts'
import type { Scored } from './score.ts'

export type SearchState = {
  readonly chosen: readonly Scored[]
  /** Replicas per value of each rule, deployed and chosen ones together. */
  readonly tallies: readonly { readonly rule: DifferentRule; readonly used: Map<string, number> }[]
  readonly allows: (candidate: Scored) => boolean
  readonly take: (candidate: Scored) => void
  readonly drop: () => void
  /** Text that is the same for pools that no rule can tell apart. */
  readonly twinOf: (at: number) => string
  /** All pools of the node are twins, so another one may stand in its place. */
  readonly isInterchangeable: (at: number) => boolean
}

export function startSearch(ask: Ask, ranked: readonly Scored[]): SearchState {
  const chosen: Scored[] = []
  const { same, different } = ask.constraints
  // Values fixed by the request or by deployed replicas were judged by the filter.
  const open = same.filter(({ value }) => value === undefined)
  const tallies = different.map((rule) => ({ rule, used: new Map(rule.used) }))
  const twins = lazyTwins(ask, ranked)

  const count = (candidate: Scored, change: 1 | -1) => {
    for (const { rule, used } of tallies) {
      const value = candidate.node.props[rule.key]
      if (value !== undefined) used.set(value, (used.get(value) ?? 0) + change)
    }
  }
  return {
    chosen,
    tallies,
    allows(candidate) {
      const { node, pool } = candidate
      for (const other of chosen) {
        if (other.node === node) return false
        if (pool.sharedSpace !== undefined && pool.sharedSpace === other.pool.sharedSpace)
          return false
        if (whyNotMixed(providerOf(candidate), providerOf(other), ask.mixing)) return false
      }
      const first = chosen[0]
      if (first && open.some(({ key }) => node.props[key] !== first.node.props[key])) return false
      return tallies.every(({ rule, used }) => {
        const value = node.props[rule.key]
        return value === undefined || (used.get(value) ?? 0) < rule.limit
      })
    },
    take(candidate) {
      chosen.push(candidate)
      count(candidate, 1)
    },
    drop() {
      const last = chosen.pop()
      if (last) count(last, -1)
    },
    twinOf: (at) => twins().keys[at] ?? '',
    isInterchangeable: (at) => {
      const name = ranked[at]?.node.name
      return name !== undefined && !twins().mixed.has(name)
    },
  }
}

/**
 * Groups of replicas on the same value are to be full, all but one: two half full groups are no
 * way to put x replicas each on different values.
 */
export function isFillable(search: SearchState): boolean {
  return search.tallies.every(({ rule, used }) => {
    if (rule.limit === 1) return true
    let partial = 0
    for (const count of used.values()) if (count > 0 && count < rule.limit) partial += 1
    return partial <= 1
  })
}

/** How many more replicas a rule could take at most on the nodes of these pools. */
export function roomOf(rule: DifferentRule, ranked: readonly Scored[]): number {
  const counts = new Map<string, number>()
  let room = 0
  for (const node of new Set(ranked.map((scored) => scored.node))) {
    const value = node.props[rule.key]
    if (value === undefined) room += 1
    else counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  for (const [value, nodes] of counts) room += Math.min(nodes, remainingOf(rule, value))
  return room
}

const providerOf = ({ pool, node }: Scored) => ({ provider: pool.provider, node })

/** Only a search that fails somewhere asks for twins, so they are made on demand. */
function lazyTwins(ask: Ask, ranked: readonly Scored[]) {
  let made: { keys: string[]; mixed: Set<string> } | undefined
  return () => {
    made ??= makeTwins(ask, ranked)
    return made
  }
}

function makeTwins(ask: Ask, ranked: readonly Scored[]) {
  const { same, different } = ask.constraints
  const props = [...same, ...different].map(({ key }) => key)
  const firstOn = new Map<string, string>()
  const mixed = new Set<string>()
  const keys = ranked.map(({ node, pool }) => {
    const key = JSON.stringify([
      pool.provider,
      ask.mixing ? node.capabilities?.drbdKernel : undefined,
      pool.sharedSpace,
      ...props.map((name) => node.props[name]),
    ])
    const first = firstOn.get(node.name)
    if (first === undefined) firstOn.set(node.name, key)
    else if (first !== key) mixed.add(node.name)
    return key
  })
  return { keys, mixed }
}
