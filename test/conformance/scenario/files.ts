import type { Scenario } from '../play.ts'
import { makePair, must, remove, settled } from '../world.ts'

const mib = 1024

/** Image files behind loop devices, without DRBD. */
function filesIn(pool: string, title: string): Scenario {
  const definition = `on-${pool}`
  return {
    name: `files-${pool}`,
    title,
    definition,
    steps: [
      {
        name: 'made',
        async act(world) {
          await makePair(world, definition, { pool, sizeKib: 8 * mib, layers: ['STORAGE'] })
          await settled(world, definition)
        },
      },
      {
        name: 'grown',
        async act(world) {
          const wanted = { definition, number: 0, sizeKib: 12 * mib }
          await must(world, 'volume-definition.resize', wanted)
          await settled(world, definition)
        },
      },
      { name: 'deleted', act: (world) => remove(world, definition) },
    ],
  }
}

export const files = filesIn('images', 'image files of their full size')
export const sparseFiles = filesIn('sparse', 'image files that take what is written')

/** Image files under DRBD. */
export const replicatedFiles: Scenario = {
  name: 'files-replicated',
  title: 'a pair of image files under DRBD',
  definition: 'pics',
  steps: [
    {
      name: 'made',
      async act(world) {
        await makePair(world, 'pics', { pool: 'sparse', sizeKib: 8 * mib, minor: 2006 })
        await settled(world, 'pics')
      },
    },
    { name: 'deleted', act: (world) => remove(world, 'pics') },
  ],
}
