import { until } from '../../system/harness.ts'
import type { Scenario } from '../play.ts'
import {
  type ConformanceWorld,
  demote,
  makePair,
  must,
  promote,
  remove,
  settled,
} from '../world.ts'

export const snapshot = 'monday'
const mib = 1024

export const snapshotPair = pairStory({
  name: 'snapshot-pair',
  title: 'a thin pair in use: a snapshot of it, and a pair made of the snapshot',
  definition: 'shop',
  pool: 'thin',
  minor: 2022,
  isNeeded: false,
})

export const snapshotOnZfs = pairStory({
  name: 'snapshot-zfs',
  title: 'a pair on ZFS in use: a snapshot of it, and a pair made of the snapshot',
  definition: 'store',
  pool: 'zthin',
  minor: 2023,
  isNeeded: true,
})

/** `restored` is not in the record: its minor is whatever was free. */
function pairStory(options: {
  readonly name: string
  readonly title: string
  readonly definition: string
  readonly pool: string
  readonly minor: number
  /** What was made of the snapshot needs it for as long as it lives. */
  readonly isNeeded: boolean
}): Scenario {
  const { name, title, definition, pool, minor, isNeeded } = options
  const restored = `${definition}-before`
  const isBefore = async (world: ConformanceWorld, node: string) => {
    await promote(world, node, restored)
    const found = await world.read({ node, definition: restored, block: 1 })
    if (found !== 'before') throw new Error(`${node} has ${JSON.stringify(found)}`)
    await demote(world, node, restored)
  }
  return {
    name,
    title,
    definition,
    steps: [
      {
        name: 'made and written on n1',
        async act(world) {
          await makePair(world, definition, { pool, sizeKib: 16 * mib, minor })
          await settled(world, definition)
          await promote(world, 'n1', definition)
          await world.write({ node: 'n1', definition, block: 1 }, 'before')
        },
      },
      {
        name: 'a snapshot is taken on both, and n1 goes on writing',
        async act(world) {
          await take(world, definition)
          await world.write({ node: 'n1', definition, block: 1 }, 'after')
          await world.write({ node: 'n1', definition, block: 2 }, 'more')
        },
      },
      {
        name: 'restored beside it, with the content of that moment on both nodes',
        async act(world) {
          await must(world, 'snapshot.restore', { definition, snapshot, to: restored })
          await settled(world, restored)
          for (const node of world.nodes) await isBefore(world, node)
          const now = await world.read({ node: 'n1', definition, block: 1 })
          if (now !== 'after') throw new Error(`the source has ${JSON.stringify(now)}`)
        },
      },
      {
        name: 'rolled back, so that it has the content of that moment itself',
        async act(world) {
          await demote(world, 'n1', definition)
          await must(world, 'snapshot.rollback', { definition, snapshot })
          await settled(world, definition)
          for (const node of ['n2', 'n1'] as const) {
            await promote(world, node, definition)
            for (const [block, wanted] of [
              [1, 'before'],
              [2, ''],
            ] as const) {
              const found = await world.read({ node, definition, block })
              if (found !== wanted) throw new Error(`${node} has ${JSON.stringify(found)}`)
            }
            if (node === 'n2') await demote(world, node, definition)
          }
        },
      },
      {
        name: 'its replicas go, the snapshot stays, and is restored again',
        async act(world) {
          await remove(world, restored)
          await demote(world, 'n1', definition)
          for (const node of world.nodes) {
            await must(world, 'resource.delete', { definition, node, acceptDataLoss: true })
            await untilNoReplica(world, definition, node)
          }
          await must(world, 'snapshot.restore', { definition, snapshot, to: restored })
          await settled(world, restored)
          for (const node of world.nodes) await isBefore(world, node)
        },
      },
      {
        name: 'the snapshot is deleted',
        async act(world) {
          if (isNeeded) await remove(world, restored)
          await must(world, 'snapshot.delete', { definition, snapshot })
          await untilPhase(world, definition, undefined)
          if (!isNeeded) await isBefore(world, 'n2')
        },
      },
      {
        name: 'deleted',
        async act(world) {
          if (!isNeeded) await remove(world, restored)
          await remove(world, definition)
        },
      },
    ],
  }
}

/** Its node has taken it away, and the next one may be. */
async function untilNoReplica(
  world: ConformanceWorld,
  definition: string,
  node: string,
): Promise<void> {
  await until(`${definition} is gone from ${node}`, async () => {
    const { rows } = (await world.query('resources', { definition })) as {
      rows: { node: string }[]
    }
    return rows.every((row) => row.node !== node) || undefined
  })
}

const images = 'album'

/** Copies that share their blocks are a matter of the file system, and this one has none. */
export const snapshotRefused: Scenario = {
  name: 'snapshot-refused',
  title: 'no snapshot of image files whose blocks cannot be shared; nothing is left of it',
  definition: images,
  steps: [
    {
      name: 'made',
      async act(world) {
        await makePair(world, images, { pool: 'sparse', sizeKib: 8 * mib, layers: ['STORAGE'] })
        await settled(world, images)
      },
    },
    {
      name: 'the snapshot fails and says why',
      async act(world) {
        await must(world, 'snapshot.create', { definition: images, snapshot })
        const problem = await untilPhase(world, images, 'failed')
        if (!/could not be taken: cp: failed to clone .*: Operation not supported/.test(problem)) {
          throw new Error(`it says ${problem}`)
        }
        await must(world, 'snapshot.delete', { definition: images, snapshot })
        await settled(world, images)
      },
    },
    { name: 'deleted', act: (world) => remove(world, images) },
  ],
}

const attempts = 8

/**
 * On a busy machine the nodes may not be done within the time that input and output may be held.
 * Then the snapshot fails, nothing is left held on the Primary, and it is asked for again.
 */
export async function take(
  world: ConformanceWorld,
  definition: string,
  primary = 'n1',
): Promise<void> {
  let problem: unknown
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    await must(world, 'snapshot.create', { definition, snapshot })
    const isReady = await untilPhase(world, definition, 'ready').then(
      () => true,
      (error: unknown) => {
        problem = error
        return false
      },
    )
    if (isReady) return
    await world.write({ node: primary, definition, block: 3 }, 'nothing is held')
    await must(world, 'snapshot.delete', { definition, snapshot })
    await untilPhase(world, definition, undefined)
  }
  throw new Error('no snapshot, however often it was asked for', { cause: problem })
}

/** Undefined: gone. Resolves with what it says of itself. */
export async function untilPhase(
  world: ConformanceWorld,
  definition: string,
  phase: string | undefined,
): Promise<string> {
  let last: { status: string; problem?: string } | undefined
  await until(
    `the snapshot is ${phase ?? 'gone'}`,
    async () => {
      const { rows } = (await world.query('snapshots', { definition })) as {
        rows: { status: string; problem?: string }[]
      }
      last = rows[0]
      if (last?.status === 'failed' && phase === 'ready') throw new Error(last.problem)
      return last?.status === phase || undefined
    },
    90_000,
  ).catch((cause: unknown) => {
    throw new Error(`the snapshot is not ${phase ?? 'gone'}: ${JSON.stringify(last)}`, { cause })
  })
  return last?.problem ?? ''
}
