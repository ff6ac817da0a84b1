import type { Scenario } from '../play.ts'
import { makePair, must, remove, settled } from '../world.ts'

const definition = 'thick'
const mib = 1024

export const thickPair: Scenario = {
  name: 'thick-pair',
  title: 'a thick pair: synced from the first replica, grown, deleted',
  definition,
  steps: [
    {
      name: 'made and synced',
      async act(world) {
        await makePair(world, definition, { pool: 'thick', sizeKib: 16 * mib, minor: 2001 })
        await settled(world, definition)
      },
    },
    {
      name: 'grown',
      async act(world) {
        await must(world, 'volume-definition.resize', { definition, number: 0, sizeKib: 24 * mib })
        await settled(world, definition)
      },
    },
    { name: 'deleted', act: (world) => remove(world, definition) },
  ],
}
