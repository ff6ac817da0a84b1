/**
 * What may happen to a cluster, as data: a run is a list of steps, so that it can be printed, played
 * again and shortened. Steps that make no sense at their moment are refused, and that is a step too.
 */
import { type Command, commands, type PublicCommandType } from '@varve/events'
import type { z } from 'zod'
import type { Fault } from '../faults.ts'
import type { Random } from '../random.ts'

export type Step =
  | { readonly kind: 'command'; readonly type: PublicCommandType; readonly args: object }
  | {
      readonly kind: 'open' | 'close' | 'write'
      readonly node: string
      readonly definition: string
    }
  | {
      readonly kind:
        | 'crash'
        | 'boot'
        | 'kill-satellite'
        | 'start-satellite'
        | 'cut'
        | 'cut-bus'
        | 'heal-bus'
        | 'fail-disk'
        | 'repair-disk'
      readonly node: string
    }
  | { readonly kind: 'cut-pair'; readonly a: string; readonly b: string }
  | { readonly kind: 'heal' | 'restart-controller' }
  | { readonly kind: 'fault'; readonly node: string; readonly fault: Fault }
  | { readonly kind: 'pass'; readonly ms: number }

export const nodes = ['n1', 'n2', 'n3', 'n4']
const definitions = ['web', 'db']
const snapshots = ['s1', 's2']
const mib = 1024

/** Tools that satellites run to change something, as the faults name them. */
const tools: readonly (readonly string[])[] = [
  ['lvcreate'],
  ['lvremove'],
  ['lvextend'],
  ['lvs'],
  ['drbdadm', 'adjust'],
  ['drbdadm', 'create-md'],
  ['drbdadm', 'up'],
  ['drbdadm', 'resize'],
  ['drbdsetup', 'down'],
  ['drbdsetup', 'suspend-io'],
  ['drbdsetup', 'resume-io'],
  ['drbdsetup', 'events2'],
]

const effects: readonly Fault['effect'][] = [
  { kind: 'fail', code: 5, stderr: 'it did not work' },
  { kind: 'lie', code: 5, stderr: 'it did not work, it says' },
  { kind: 'hang' },
  { kind: 'late', afterMs: 40_000 },
  { kind: 'slow', ms: 3_000 },
]

/** A list of steps that nothing but the seed decides. */
export function stepsOf(random: Random, count: number): Step[] {
  return Array.from({ length: count }, () => draw(random, weighted)(random))
}

type Maker = (random: Random) => Step

const pick = <T>(random: Random, from: readonly T[]): T => {
  const one = from[Math.floor(random.next() * from.length)]
  if (one === undefined) throw new Error('there is nothing to choose from')
  return one
}

const chance = (random: Random, share: number): boolean => random.next() < share

const command =
  (type: PublicCommandType, args: (random: Random) => object): Maker =>
  (random) => ({ kind: 'command', type, args: args(random) })

const on =
  (kind: Extract<Step, { node: string }>['kind']): Maker =>
  (random) =>
    // Every kind with a node alone; those with more have makers of their own.
    ({ kind, node: pick(random, nodes) }) as Step

const use =
  (kind: 'open' | 'close' | 'write'): Maker =>
  (random) => ({ kind, node: pick(random, nodes), definition: pick(random, definitions) })

const definition = (random: Random) => ({ definition: pick(random, definitions) })
const place = (random: Random) => ({ ...definition(random), node: pick(random, nodes) })
const sizeKib = (random: Random) => Math.floor(32 + random.next() * 300) * mib

const weighted: readonly (readonly [number, Maker])[] = [
  [
    8,
    command('resource-group.spawn', (random) => ({
      group: 'DfltRscGrp',
      ...definition(random),
      sizesKib: chance(random, 0.2) ? [sizeKib(random), sizeKib(random)] : [sizeKib(random)],
      filter: { placeCount: pick(random, [1, 2, 2, 2, 3]) },
    })),
  ],
  [
    4,
    command('resource.create', (random) => {
      const kind = pick(random, ['diskful', 'diskful', 'diskless', 'client'])
      return { ...place(random), kind, ...(kind === 'diskful' ? { pool: 'thin' } : {}) }
    }),
  ],
  [4, command('resource.delete', place)],
  [
    2,
    command('resource.auto-place', (random) => ({
      ...definition(random),
      filter: { placeCount: pick(random, [2, 3]) },
    })),
  ],
  [2, command('resource-definition.delete', definition)],
  [
    1,
    command('volume-definition.create', (random) => ({
      ...definition(random),
      sizeKib: sizeKib(random),
    })),
  ],
  [
    1,
    command('volume-definition.delete', (random) => ({
      ...definition(random),
      number: pick(random, [0, 1]),
    })),
  ],
  [
    3,
    command('volume-definition.resize', (random) => ({
      ...definition(random),
      number: pick(random, [0, 0, 1]),
      sizeKib: sizeKib(random),
    })),
  ],
  [
    3,
    command('snapshot.create', (random) => ({
      ...definition(random),
      snapshot: pick(random, snapshots),
    })),
  ],
  [
    2,
    command('snapshot.delete', (random) => ({
      ...definition(random),
      snapshot: pick(random, snapshots),
    })),
  ],
  [
    1,
    command('snapshot.rollback', (random) => ({
      ...definition(random),
      snapshot: pick(random, snapshots),
    })),
  ],
  [
    1,
    command('snapshot.restore', (random) => ({
      ...definition(random),
      snapshot: pick(random, snapshots),
      to: pick(random, definitions),
    })),
  ],
  [
    1,
    command('resource-definition.modify', (random) => ({
      ...definition(random),
      setProps: {
        'DrbdOptions/Net/max-buffers': String(4_000 + Math.floor(random.next() * 4_000)),
      },
    })),
  ],
  [4, use('open')],
  [10, use('write')],
  [3, use('close')],
  [2, on('crash')],
  [5, on('boot')],
  [3, on('kill-satellite')],
  [5, on('start-satellite')],
  [2, on('cut')],
  [1, (random) => ({ kind: 'cut-pair', a: pick(random, nodes), b: pick(random, nodes) })],
  [4, () => ({ kind: 'heal' })],
  [1, on('cut-bus')],
  [3, on('heal-bus')],
  [2, () => ({ kind: 'restart-controller' })],
  [
    2,
    (random) => ({
      kind: 'fault',
      node: pick(random, nodes),
      fault: {
        argv: pick(random, tools),
        times: pick(random, [1, 1, 2, 5]),
        effect: pick(random, effects),
      },
    }),
  ],
  [1, on('fail-disk')],
  [2, on('repair-disk')],
  [12, (random) => ({ kind: 'pass', ms: pick(random, [0, 5, 50, 300, 1_000, 5_000, 20_000]) })],
]

function draw(random: Random, from: readonly (readonly [number, Maker])[]): Maker {
  let left = random.next() * from.reduce((sum, [weight]) => sum + weight, 0)
  for (const [weight, maker] of from) {
    left -= weight
    if (left < 0) return maker
  }
  return () => ({ kind: 'pass', ms: 1 })
}

/** As a client sends it: parsed by the schema that the controller has. */
export function commandOf({ type, args }: Extract<Step, { kind: 'command' }>): Command {
  const schema: z.ZodType = commands[type]
  // The schema is the one of the type.
  return { type, args: schema.parse(args) } as Command
}
