import type { Scenario } from '../play.ts'
import {
  type ConformanceWorld,
  demote,
  makePair,
  promote,
  remove,
  settled,
  untilPool,
  untilSeen,
} from '../world.ts'

const definition = 'brim'
const mib = 1024

/** The thin pool of n1 is full, of whichever kind; n2 writes where n1 has no block yet. */
export const fullPool: Scenario = {
  name: 'full-pool',
  title: 'a thin pool without room for data, then for metadata: n2 goes on, n1 comes back',
  definition,
  steps: [
    {
      name: 'made, n2 is Primary',
      async act(world) {
        await makePair(world, definition, { pool: 'small', sizeKib: 16 * mib, minor: 2040 })
        await settled(world, definition)
        await promote(world, 'n2', definition)
      },
    },
    {
      name: 'no room for data: n1 has lost its disk',
      async act(world) {
        await world.fill('n1', 'data')
        await world.write({ node: 'n2', definition, block: 100 }, 'first')
        await diskOfN1(world, 'Diskless')
        await untilPool(world, { node: 'n1', pool: 'small' }, 'data-full')
      },
    },
    { name: 'the pool is larger: n1 is in sync', act: (world) => extended(world, '--size') },
    {
      name: 'no room for metadata: n1 has lost its disk',
      async act(world) {
        await world.fill('n1', 'metadata')
        await world.write({ node: 'n2', definition, block: 200 }, 'second')
        await diskOfN1(world, 'Diskless')
        await untilPool(world, { node: 'n1', pool: 'small' }, 'metadata-full')
      },
    },
    {
      name: 'there is more for metadata: n1 is in sync, and has all',
      async act(world) {
        await extended(world, '--poolmetadatasize')
        await demote(world, 'n2', definition)
        await promote(world, 'n1', definition)
        for (const [block, wanted] of [
          [100, 'first'],
          [200, 'second'],
        ] as const) {
          const found = await world.read({ node: 'n1', definition, block })
          if (found !== wanted) throw new Error(`n1 reads "${found}"`)
        }
        await demote(world, 'n1', definition)
      },
    },
    { name: 'deleted', act: (world) => remove(world, definition) },
  ],
}

function diskOfN1(world: ConformanceWorld, disk: string): Promise<void> {
  return untilSeen(world, { node: 'n1', definition }, ({ volumes }) => volumes[0]?.disk === disk)
}

/** The way out that `explain stuck` names. */
async function extended(world: ConformanceWorld, what: string): Promise<void> {
  const { exitCode } = await world.run('n1', ['lvextend', what, '+64M', 'vg0/small'])
  if (exitCode !== 0) throw new Error(`lvextend ${what} ends with ${exitCode}`)
  await diskOfN1(world, 'UpToDate')
}
