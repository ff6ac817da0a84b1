import type { Scenario } from '../play.ts'
import { demote, makePair, must, promote, remove, settled, untilSeen } from '../world.ts'

const definition = 'web'
const mib = 1024

export const thinPair: Scenario = {
  name: 'thin-pair',
  title: 'a thin pair: made, written, failed over, resynced, grown, deleted',
  definition,
  steps: [
    {
      name: 'made',
      async act(world) {
        await makePair(world, definition, { pool: 'thin', sizeKib: 32 * mib, minor: 2000 })
        await settled(world, definition)
      },
    },
    {
      name: 'written on n1',
      async act(world) {
        await promote(world, 'n1', definition)
        await world.write({ node: 'n1', definition, block: 1 }, 'pattern')
      },
    },
    {
      name: 'n1 has lost its power, n2 is promoted and has what was written',
      async act(world) {
        await world.powerOff('n1')
        await promote(world, 'n2', definition)
        const text = await world.read({ node: 'n2', definition, block: 1 })
        if (text !== 'pattern') throw new Error(`n2 has ${JSON.stringify(text)}`)
        await world.write({ node: 'n2', definition, block: 2 }, 'while n1 was away')
      },
    },
    {
      name: 'n1 is back and in sync',
      async act(world) {
        await world.powerOn('n1')
        await settled(world, definition)
      },
    },
    {
      name: 'grown while it is in use',
      async act(world) {
        await must(world, 'volume-definition.resize', { definition, number: 0, sizeKib: 48 * mib })
        await settled(world, definition)
      },
    },
    {
      name: 'deleted',
      async act(world) {
        await demote(world, 'n2', definition)
        await untilSeen(world, { node: 'n1', definition }, ({ connections }) =>
          connections.every(({ peerRole }) => peerRole === 'Secondary'),
        )
        await remove(world, definition)
      },
    },
  ],
}
