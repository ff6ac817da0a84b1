/** What may happen to a cluster of several controllers, as data: printed, played again, shortened. */
import type { Fault } from '../faults.ts'
import type { Random } from '../random.ts'
import { pick } from '../simulation/chance.ts'
import type { Cut } from './link.ts'

/** Who is meant: one by name, or whoever leads at that moment. */
export type Who = string
export const leader = 'leader'

export type Step =
  | { readonly kind: 'pass'; readonly ms: number }
  /** The process is gone; `power`: and what was not on the disk. */
  | { readonly kind: 'kill'; readonly who: Who; readonly power: boolean }
  /** As it is asked to: it hands over. */
  | { readonly kind: 'end'; readonly who: Who }
  | { readonly kind: 'start' | 'stop' | 'go-on' | 'heal'; readonly who: Who }
  | {
      readonly kind: 'cut'
      readonly who: Who
      readonly way: 'up' | 'down' | 'both'
      readonly how: Cut
    }
  | { readonly kind: 'slow-link' | 'slow-disk'; readonly who: Who; readonly ms: number }
  | { readonly kind: 'clock'; readonly who: Who; readonly ms: number }
  /** The servers have no leader of their streams for so long. */
  | { readonly kind: 'elect'; readonly ms: number }
  | { readonly kind: 'crash' | 'boot'; readonly node: string }
  | { readonly kind: 'fault'; readonly node: string; readonly fault: Fault }

export type Size = { readonly controllers: number; readonly nodes: number; readonly users: number }
export const usual: Size = { controllers: 3, nodes: 4, users: 4 }

export const controllersOf = ({ controllers }: Size) => named('c', controllers)
export const nodesOf = ({ nodes }: Size) => named('n', nodes)
export const usersOf = ({ users }: Size) => named('u', users)

function named(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${letter}${index + 1}`)
}

const tools: readonly (readonly string[])[] = [
  ['lvcreate'],
  ['lvremove'],
  ['lvs'],
  ['drbdadm', 'adjust'],
  ['drbdadm', 'create-md'],
  ['drbdsetup', 'down'],
]
const effects: readonly Fault['effect'][] = [
  { kind: 'fail', code: 5, stderr: 'it did not work' },
  { kind: 'lie', code: 5, stderr: 'it did not work, it says' },
  { kind: 'hang' },
  { kind: 'late', afterMs: 40_000 },
  { kind: 'slow', ms: 3_000 },
]

/** A list that nothing but the seed decides. */
export function stepsOf(random: Random, count: number, size: Size): Step[] {
  const controllers = [...controllersOf(size), leader, leader, leader]
  const nodes = nodesOf(size)
  const anybody = [...controllers, ...nodes, ...usersOf(size)]
  const makers: readonly (readonly [number, () => Step])[] = [
    [12, () => ({ kind: 'pass', ms: pick(random, [1, 5, 50, 200, 1_000, 2_000, 5_000]) })],
    [3, () => ({ kind: 'kill', who: pick(random, controllers), power: random.next() < 0.5 })],
    [1, () => ({ kind: 'kill', who: pick(random, nodes), power: false })],
    [1, () => ({ kind: 'end', who: pick(random, controllers) })],
    [5, () => ({ kind: 'start', who: pick(random, [...controllersOf(size), ...nodes]) })],
    [3, () => ({ kind: 'stop', who: pick(random, [...controllers, pick(random, nodes)]) })],
    [4, () => ({ kind: 'go-on', who: pick(random, [...controllersOf(size), ...nodes]) })],
    [
      3,
      () => ({
        kind: 'cut',
        who: pick(random, anybody),
        way: pick(random, ['up', 'down', 'both'] as const),
        how: pick(random, ['lost', 'kept'] as const),
      }),
    ],
    [5, () => ({ kind: 'heal', who: pick(random, anybody) })],
    [2, () => ({ kind: 'slow-link', who: pick(random, anybody), ms: pick(random, [1, 20, 700]) })],
    [
      2,
      () => ({
        kind: 'slow-disk',
        who: pick(random, controllers),
        ms: pick(random, [1, 50, 4_000]),
      }),
    ],
    [
      1,
      () => ({
        kind: 'clock',
        who: pick(random, controllers),
        ms: pick(random, [-3_600_000, -2_000, 0, 1_500, 7_200_000]),
      }),
    ],
    [1, () => ({ kind: 'elect', ms: pick(random, [300, 4_500, 9_000, 20_000]) })],
    [1, () => ({ kind: 'crash', node: pick(random, nodes) })],
    [2, () => ({ kind: 'boot', node: pick(random, nodes) })],
    [
      1,
      () => ({
        kind: 'fault',
        node: pick(random, nodes),
        fault: { argv: pick(random, tools), times: 1, effect: pick(random, effects) },
      }),
    ],
  ]
  const total = makers.reduce((sum, [weight]) => sum + weight, 0)
  return Array.from({ length: count }, () => {
    let left = random.next() * total
    for (const [weight, make] of makers) {
      left -= weight
      if (left < 0) return make()
    }
    return { kind: 'pass', ms: 1 }
  })
}
