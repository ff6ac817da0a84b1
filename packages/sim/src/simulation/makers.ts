/** Steps at random: which there are, and how often each of them comes. */
import type { Fault } from '../faults.ts'
import type { Random } from '../random.ts'
import { chance, pick } from './chance.ts'
import { command, definition, definitions, type Maker, spawned } from './maker.ts'
import { snapshotMakers } from './makers-snapshot.ts'
import { nodes, type Step } from './steps.ts'
import { plain, pool, type Terrain } from './terrain.ts'

const mib = 1024

/** Tools that satellites run to change something, as the faults name them. */
const drbdTools: readonly (readonly string[])[] = [
  ['drbdadm', 'adjust'],
  ['drbdadm', 'create-md'],
  ['drbdadm', 'up'],
  ['drbdadm', 'resize'],
  ['drbdsetup', 'down'],
  ['drbdsetup', 'suspend-io'],
  ['drbdsetup', 'resume-io'],
  ['drbdsetup', 'events2'],
]

function toolsOf({ provider, layers }: Terrain): readonly (readonly string[])[] {
  const storage = provider.startsWith('ZFS')
    ? [
        ['zfs', 'create'],
        ['zfs', 'destroy'],
        ['zfs', 'set'],
        ['zfs', 'list'],
      ]
    : provider.startsWith('FILE')
      ? [['losetup'], ['truncate'], ['find'], ['cp']]
      : [['lvcreate'], ['lvremove'], ['lvextend'], ['lvs']]
  return [
    ...storage,
    ...drbdTools,
    ...(layers.includes('LUKS')
      ? [
          ['cryptsetup', 'open'],
          ['cryptsetup', 'close'],
        ]
      : []),
    ...(layers.includes('CACHE') || layers.includes('WRITECACHE')
      ? [
          ['dmsetup', 'create'],
          ['dmsetup', 'remove'],
          ['dmsetup', 'message'],
        ]
      : []),
  ]
}

const effects: readonly Fault['effect'][] = [
  { kind: 'fail', code: 5, stderr: 'it did not work' },
  { kind: 'lie', code: 5, stderr: 'it did not work, it says' },
  { kind: 'hang' },
  { kind: 'late', afterMs: 40_000 },
  { kind: 'slow', ms: 3_000 },
]

/**
 * A list of steps that nothing but the seed decides. It begins with volumes that are there: what is
 * asked of things that do not exist is refused, and that alone finds little.
 */
export function stepsOf(random: Random, count: number, terrain: Terrain = plain): Step[] {
  const makers = [...weighted, ...moves, ...snapshotMakers, ...madeFor(terrain)]
  const names = chance(random, 0.7) ? spawned : ['web']
  const begin = names.flatMap((name): Step[] => {
    const at = { node: pick(random, nodes), definition: name }
    return [
      { ...spawnOf(terrain)(random, name), kind: 'command' },
      { kind: 'pass', ms: pick(random, [0, 200, 5_000]) },
      { kind: 'open', ...at },
      { kind: 'write', ...at },
      { kind: 'close', ...at },
    ]
  })
  const rest = Array.from({ length: count - begin.length }, () => draw(random, makers)(random))
  return [...begin, ...rest]
}

const on =
  (kind: Extract<Step, { node: string }>['kind']): Maker =>
  (random) =>
    // Every kind with a node alone; those with more have makers of their own.
    ({ kind, node: pick(random, nodes) }) as Step

const use =
  (kind: 'open' | 'close' | 'write'): Maker =>
  (random) => ({ kind, node: pick(random, nodes), definition: pick(random, definitions) })

const place = (random: Random) => ({ ...definition(random), node: pick(random, nodes) })
const sizeKib = (random: Random) => Math.floor(32 + random.next() * 300) * mib

/** What depends on the layers and on the tools of the machines. */
function madeFor(terrain: Terrain): readonly (readonly [number, Maker])[] {
  const tools = toolsOf(terrain)
  const spawn = spawnOf(terrain)
  return [
    [6, (random) => ({ kind: 'command', ...spawn(random, pick(random, definitions)) })],
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
  ]
}

const spawnOf =
  ({ layers }: Terrain) =>
  (random: Random, name: string) => {
    const sizesKib = chance(random, 0.2) ? [sizeKib(random), sizeKib(random)] : [sizeKib(random)]
    const filter = { placeCount: pick(random, [1, 2, 2, 2, 3]), layers: [...layers], pools: [pool] }
    const args = { group: 'DfltRscGrp', definition: name, sizesKib, filter }
    return { type: 'resource-group.spawn', args } as const
  }

/** Replicas that move, nodes that come and go, and what is given up. */
const moves: readonly (readonly [number, Maker])[] = [
  [
    3,
    command('resource.toggle-disk', (random) => ({
      ...place(random),
      ...pick(random, [{}, {}, { to: 'diskless' }, { to: 'diskful' }, { cancel: true }]),
    })),
  ],
  [
    2,
    command('resource.toggle-disk', (random) => ({
      ...place(random),
      pool,
      migrateFrom: pick(random, nodes),
    })),
  ],
  [
    1,
    command('resource.make-available', (random) => ({
      ...place(random),
      diskful: chance(random, 0.5),
    })),
  ],
  [1, command('node.evacuate', (random) => ({ node: pick(random, nodes) }))],
  [1, command('node.restore', (random) => ({ node: pick(random, nodes) }))],
  [1, command('resource.delete', (random) => ({ ...place(random), waiveCleanup: true }))],
  [
    0.5,
    command('resource-definition.delete', (random) => ({
      ...definition(random),
      waiveCleanup: [pick(random, nodes)],
    })),
  ],
  [
    0.5,
    command('resource-definition.clone', (random) => ({
      ...definition(random),
      to: pick(random, definitions),
    })),
  ],
  [1, (random) => ({ kind: 'abort', nth: Math.floor(random.next() * 3) })],
  [1, on('replace-disk')],
  [0.5, on('lose-node')],
  [1, on('reinstall')],
  [0.5, () => ({ kind: 'pass', ms: 100_000 })],
]

const weighted: readonly (readonly [number, Maker])[] = [
  [
    4,
    command('resource.create', (random) => {
      const kind = pick(random, ['diskful', 'diskful', 'diskless', 'client'])
      return { ...place(random), kind, ...(kind === 'diskful' ? { pool } : {}) }
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
  [0.7, command('resource-definition.delete', definition)],
  [
    1,
    command('volume-definition.create', (random) => ({
      ...definition(random),
      sizeKib: sizeKib(random),
    })),
  ],
  [
    0.5,
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
