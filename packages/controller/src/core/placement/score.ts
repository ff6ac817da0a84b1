/** How good each fitting pool is, compared with the best of them (reference 7.4). */
import { controllerProps, keyOf, nameKey, type State } from '@varve/events'
import type { Measured } from './pool-rules.ts'

export type Scored = Measured & { readonly score: number }

type Strategy = {
  readonly name: string
  readonly weight: number
  /** -1: less is better. */
  readonly sign: 1 | -1
  readonly raw: (state: State, measured: Measured) => number
}

/** Weights are defaults; the controller's `Autoplacer/Weights/<name>` replaces one. */
const strategies: readonly Strategy[] = [
  { name: 'MaxFreeSpace', weight: 1, sign: 1, raw: (_, { freeKib }) => freeKib ?? 0 },
  { name: 'MinReservedSpace', weight: 0, sign: -1, raw: (_, { reservedKib }) => reservedKib },
  { name: 'MinRscCount', weight: 0.00001, sign: -1, raw: countResources },
]

/** Shares of one pool in its score; strategies without weight are left out. */
export type ScoreParts = Readonly<Record<string, number>>

export type Scores = {
  /** Best first; equal scores in the order of `measured`, which is that of the pool keys. */
  readonly ranked: readonly Scored[]
  readonly partsOf: (scored: Measured) => ScoreParts
}

export function scorePools(state: State, measured: readonly Measured[]): Scores {
  const props = controllerProps(state)
  const active = strategies
    .map((row) => ({ ...row, factor: weightOf(row, props[`Autoplacer/Weights/${row.name}`]) }))
    .filter(({ factor }) => factor !== 0)
    .map((row) => ({ ...row, largest: largestRaw(state, row, measured) }))
  const share = (row: (typeof active)[number], one: Measured) => {
    const raw = row.raw(state, one)
    // A diskless pool has infinite space: equal to the largest is the whole share.
    return (raw === row.largest ? 1 : raw / row.largest) * row.factor
  }
  const ranked = measured.map((one): Scored => {
    let score = 0
    for (const row of active) if (row.largest !== 0) score += share(row, one)
    return { ...one, score }
  })
  ranked.sort((a, b) => b.score - a.score)
  const partsOf = (one: Measured) => {
    const parts: Record<string, number> = {}
    for (const row of active) parts[row.name] = row.largest === 0 ? 0 : share(row, one)
    return parts
  }
  return { ranked, partsOf }
}

/** A weight that is no number counts as 1. */
function weightOf(row: Strategy, text: string | undefined): number {
  if (text === undefined) return row.weight * row.sign
  const weight = text.trim() === '' ? Number.NaN : Number(text)
  return (Number.isFinite(weight) ? weight : 1) * row.sign
}

function largestRaw(state: State, row: Strategy, measured: readonly Measured[]): number {
  let largest = 0
  for (const one of measured) largest = Math.max(largest, row.raw(state, one))
  return largest
}

/** Diskless resources have no volume in any pool: there, resources of the node are counted. */
function countResources(state: State, { pool }: Measured): number {
  if (pool.provider === 'DISKLESS') return state.resources.countBy('node', nameKey(pool.node))
  return state.poolUsage.get(keyOf(pool.node, pool.name))?.resources ?? 0
}
