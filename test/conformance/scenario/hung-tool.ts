import type { Scenario } from '../play.ts'
import { makePair, remove, settled } from '../world.ts'

const definition = 'hung'
const mib = 1024

/** Killed in steps after a minute, since it does not listen to SIGTERM. */
export const hungTool: Scenario = {
  name: 'hung-tool',
  title: 'lvcreate does its work and never ends: it is killed, and what it has made is found',
  definition,
  steps: [
    {
      name: 'made all the same',
      async act(world) {
        await world.hang('n1', 'lvcreate', `${definition}_00000`)
        await makePair(world, definition, { pool: 'thin', sizeKib: 16 * mib, minor: 2041 })
        await settled(world, definition)
      },
    },
    { name: 'deleted', act: (world) => remove(world, definition) },
  ],
}
