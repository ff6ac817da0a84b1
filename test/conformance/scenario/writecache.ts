import type { Scenario } from '../play.ts'
import { demote, makePair, must, promote, remove, settled, untilSeen } from '../world.ts'

const mib = 1024
const definition = 'wcpair'

export const writecachePair: Scenario = {
  name: 'writecache-pair',
  title: 'DRBD over WRITECACHE over thin LVM: made, written, grown in use, deleted',
  definition,
  steps: [
    {
      name: 'made',
      async act(world) {
        await makePair(world, definition, {
          pool: 'thin',
          sizeKib: 16 * mib,
          minor: 2030,
          layers: ['DRBD', 'WRITECACHE', 'STORAGE'],
          props: { 'Writecache/PoolName': 'thick', 'Writecache/Size': '8192' },
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
        const text = await world.read({ node: 'n2', definition, block: 1 })
        if (text !== 'pattern') throw new Error(`n2 reads "${text}"`)
        await untilSeen(world, { node: 'n2', definition }, ({ role }) => role === 'Primary')
      },
    },
    {
      name: 'grown while n2 uses it',
      async act(world) {
        const wanted = { definition, number: 0, sizeKib: 24 * mib }
        await must(world, 'volume-definition.resize', wanted)
        await settled(world, definition)
        const text = await world.read({ node: 'n2', definition, block: 1 })
        if (text !== 'pattern') throw new Error(`n2 reads "${text}"`)
      },
    },
    {
      name: 'deleted',
      async act(world) {
        await demote(world, 'n2', definition)
        await remove(world, definition)
      },
    },
  ],
}
