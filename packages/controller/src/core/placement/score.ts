/** How good each fitting pool is, compared with the best of them (reference 7.4). */
import { controllerProps, nameKey, type Props, type State } from '@varve/events'
import type { Measured } from './pool-rules.ts'

export type Scored = {
  readonly pool: Measured['pool']
  readonly node: Measured['node']
  readonly score: number
  /** Share of each strategy in the score, in the order of `strategies`. */
  readonly shares: readonly number[]
}

type Strategy = {
  readonly name: string
  /** Name of the controller's property that replaces the weight. */
  readonly property: string
  readonly weight: number
  /** -1: less is better. */
  readonly sign: 1 | -1
  readonly raw: (state: State, measured: Measured) => number
}

const strategies: readonly Strategy[] = [
  strategy('MaxFreeSpace', 1, 1, (_, { space }) => space.freeKib ?? 0),
  strategy('MinReservedSpace', 0, -1, (_, { space }) => space.reservedKib),
  strategy('MinRscCount', 0.00001, -1, countResources),
]

function strategy(name: string, weight: number, sign: 1 | -1, raw: Strategy['raw']): Strategy {
  return { name, property: `Autoplacer/Weights/${name}`, weight, sign, raw }
}

export type Scores = {
  /** Names of those that have a weight; the others say nothing. */
  readonly strategies: readonly string[]
  /** Best first; equal scores in the order of `measured`, which is that of the pool keys. */
  readonly ranked: readonly Scored[]
}

export function scorePools(state: State, measured: readonly Measured[]): Scores {
  const active = weighed(controllerProps(state))
  const largest = active.map(({ raw }) => {
    let most = 0
    for (const one of measured) most = Math.max(most, raw(state, one))
    return most
  })
  const ranked = measured.map((one): Scored => {
    const shares: number[] = []
    let score = 0
    for (const [index, { raw, factor }] of active.entries()) {
      const share = shareOf(raw(state, one), largest[index] ?? 0) * factor
      shares.push(share)
      score += share
    }
    return { pool: one.pool, node: one.node, score, shares }
  })
  ranked.sort((a, b) => b.score - a.score)
  return { strategies: active.map(({ name }) => name), ranked }
}

/** Those that count, with their signed weights. */
function weighed(props: Props) {
  return strategies
    .map((row) => ({ name: row.name, raw: row.raw, factor: weightOf(row, props[row.property]) }))
    .filter(({ factor }) => factor !== 0)
}

/** A diskless pool has infinite space: equal to the largest is the whole share. */
function shareOf(raw: number, largest: number): number {
  if (largest === 0) return 0
  return raw === largest ? 1 : raw / largest
}

/** A weight that is no number counts as 1. */
function weightOf(row: Strategy, text: string | undefined): number {
  if (text === undefined) return row.weight * row.sign
  const weight = text.trim() === '' ? Number.NaN : Number(text)
  return (Number.isFinite(weight) ? weight : 1) * row.sign
}

/** Diskless resources have no volume in any pool: there, resources of the node are counted. */
function countResources(state: State, { pool, space }: Measured): number {
  return pool.provider === 'DISKLESS'
    ? state.resources.countBy('node', nameKey(pool.node))
    : space.resources
}
