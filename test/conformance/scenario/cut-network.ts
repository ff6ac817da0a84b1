import type { Scenario } from '../play.ts'
import { demote, makePair, promote, remove, settled, untilSeen } from '../world.ts'

const definition = 'parted'
const mib = 1024

export const cutNetwork: Scenario = {
  name: 'cut-network',
  title: 'the network is cut while the Primary writes, and heals',
  definition,
  steps: [
    {
      name: 'made, n1 is Primary',
      async act(world) {
        await makePair(world, definition, { pool: 'thin', sizeKib: 16 * mib, minor: 2002 })
        await settled(world, definition)
        await promote(world, 'n1', definition)
      },
    },
    {
      name: 'cut',
      async act(world) {
        await world.cut()
        await world.write({ node: 'n1', definition, block: 1 }, 'n2 does not have this yet')
        for (const node of ['n1', 'n2']) {
          await untilSeen(world, { node, definition }, ({ connections }) =>
            connections.every(({ state }) => state !== 'Connected'),
          )
        }
      },
    },
    {
      name: 'healed, n2 has what it missed',
      async act(world) {
        await world.heal()
        // Before that, n2 would let itself be promoted with what it had.
        for (const node of ['n1', 'n2']) {
          await untilSeen(world, { node, definition }, ({ connections }) =>
            connections.every(({ volumes }) => volumes[0]?.replication === 'Established'),
          )
        }
        await demote(world, 'n1', definition)
        await promote(world, 'n2', definition)
        const text = await world.read({ node: 'n2', definition, block: 1 })
        if (text !== 'n2 does not have this yet') throw new Error(`n2 has ${JSON.stringify(text)}`)
        await demote(world, 'n2', definition)
      },
    },
    { name: 'deleted', act: (world) => remove(world, definition) },
  ],
}
