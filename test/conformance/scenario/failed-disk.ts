import type { Scenario } from '../play.ts'
import { makePair, promote, settled, untilSeen } from '../world.ts'

const definition = 'hurt'
const mib = 1024

/** The disk stays broken: the last of the scenarios. */
export const failedDisk: Scenario = {
  name: 'failed-disk',
  title: 'the disk of the Primary fails: it goes on with that of its peer',
  definition,
  steps: [
    {
      name: 'made, n1 is Primary',
      async act(world) {
        await makePair(world, definition, { pool: 'brittle', sizeKib: 16 * mib, minor: 2005 })
        await settled(world, definition)
        await promote(world, 'n1', definition)
        await world.write({ node: 'n1', definition, block: 1 }, 'before')
      },
    },
    {
      name: 'the disk of n1 has failed',
      async act(world) {
        await world.failDisk('n1')
        await world.write({ node: 'n1', definition, block: 2 }, 'after')
        await untilSeen(
          world,
          { node: 'n1', definition },
          ({ volumes }) => volumes[0]?.disk === 'Diskless',
        )
        const text = await world.read({ node: 'n1', definition, block: 1 })
        if (text !== 'before') throw new Error(`n1 reads ${JSON.stringify(text)}`)
      },
    },
  ],
}
