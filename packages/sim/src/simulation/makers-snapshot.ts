/** Steps with snapshots: taken alone and several at one moment, restored, rolled back, copied. */
import { pick } from './chance.ts'
import { command, definition, definitions, type Maker, spawned } from './maker.ts'
import { nodes } from './steps.ts'
import { pool } from './terrain.ts'

const snapshots = ['s1', 's2']

export const snapshotMakers: readonly (readonly [number, Maker])[] = [
  [
    4,
    command('snapshot.create', (random) => ({
      ...definition(random),
      snapshot: pick(random, snapshots),
    })),
  ],
  [
    1,
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
    command('snapshot.create-multiple', (random) => {
      const snapshot = pick(random, snapshots)
      return { snapshots: spawned.map((each) => ({ definition: each, snapshot })) }
    }),
  ],
  [
    2,
    command('snapshot.copy', (random) => ({
      ...definition(random),
      snapshot: pick(random, snapshots),
      to: pick(random, nodes),
      pool,
    })),
  ],
  [
    0.5,
    command('snapshot.abort-copy', (random) => ({
      ...definition(random),
      snapshot: pick(random, snapshots),
      to: pick(random, nodes),
    })),
  ],
]
