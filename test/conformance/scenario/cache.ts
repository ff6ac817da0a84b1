import type { Layer } from '@varve/events'
import type { Scenario } from '../play.ts'
import {
  type ConformanceWorld,
  demote,
  makePair,
  must,
  promote,
  remove,
  settled,
  untilSeen,
} from '../world.ts'

const mib = 1024

type Kind = {
  readonly definition: string
  readonly layer: Layer
  readonly minor: number
  readonly props: Readonly<Record<string, string>>
  /** Bcache takes a new size when it is opened, and DRBD keeps it open. */
  readonly canGrow: boolean
}

export const writecachePair = cached({
  definition: 'wcpair',
  layer: 'WRITECACHE',
  minor: 2030,
  props: { 'Writecache/PoolName': 'thick', 'Writecache/Size': '8192' },
  canGrow: true,
})

export const cachePair = cached({
  definition: 'dcpair',
  layer: 'CACHE',
  minor: 2031,
  props: { 'Cache/CachePool': 'thick', 'Cache/Cachesize': '16384' },
  canGrow: true,
})

export const bcachePair = cached({
  definition: 'bcpair',
  layer: 'BCACHE',
  minor: 2032,
  props: { 'BCache/PoolName': 'thick', 'BCache/Writeback': 'true' },
  canGrow: false,
})

function cached({ definition, layer, minor, props, canGrow }: Kind): Scenario {
  const grow: Scenario['steps'][number] = {
    name: 'grown while n2 uses it',
    async act(world) {
      const wanted = { definition, number: 0, sizeKib: 24 * mib }
      await must(world, 'volume-definition.resize', wanted)
      await settled(world, definition)
      await hasPattern(world, definition)
    },
  }
  return {
    name: `${layer.toLowerCase()}-pair`,
    title: `DRBD over ${layer} over thin LVM: made, written, ${canGrow ? 'grown in use, ' : ''}deleted`,
    definition,
    steps: [
      {
        name: 'made',
        async act(world) {
          await makePair(world, definition, {
            pool: 'thin',
            sizeKib: 16 * mib,
            minor,
            layers: ['DRBD', layer, 'STORAGE'],
            props,
          })
          await settled(world, definition)
        },
      },
      {
        name: 'written on n1, read on n2',
        async act(world) {
          await promote(world, 'n1', definition)
          await world.write({ node: 'n1', definition, block: 1 }, 'pattern')
          await demote(world, 'n1', definition)
          await promote(world, 'n2', definition)
          await hasPattern(world, definition)
          await untilSeen(world, { node: 'n2', definition }, ({ role }) => role === 'Primary')
        },
      },
      ...(canGrow ? [grow] : []),
      {
        name: 'deleted',
        async act(world) {
          await demote(world, 'n2', definition)
          await remove(world, definition)
        },
      },
    ],
  }
}

async function hasPattern(world: ConformanceWorld, definition: string): Promise<void> {
  const text = await world.read({ node: 'n2', definition, block: 1 })
  if (text !== 'pattern') throw new Error(`n2 reads "${text}"`)
}
