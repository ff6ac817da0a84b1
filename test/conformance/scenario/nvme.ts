import type { Scenario } from '../play.ts'
import { makeReplicas, must, remove, settled, untilSeen } from '../world.ts'

const definition = 'fabric'
const mib = 1024

export const overFabrics: Scenario = {
  name: 'nvme',
  title: 'NVMe over fabrics: a volume of n1 is used on n2, grown in use, deleted',
  definition,
  steps: [
    {
      name: 'made, written on n2, read on n1',
      async act(world) {
        const layers = ['NVME', 'STORAGE'] as const
        const replicas = [
          { node: 'n1', pool: 'thin' },
          { node: 'n2', kind: 'diskless' },
        ] as const
        await makeReplicas(world, definition, { sizeKib: 16 * mib, layers: [...layers] }, replicas)
        await settled(world, definition)
        await world.write({ node: 'n2', definition, block: 1 }, 'pattern')
        const text = await world.read({ node: 'n1', definition, block: 1 })
        if (text !== 'pattern') throw new Error(`n1 has "${text}"`)
      },
    },
    {
      name: 'grown while n2 uses it',
      async act(world) {
        const sizeKib = 24 * mib
        await must(world, 'volume-definition.resize', { definition, number: 0, sizeKib })
        await settled(world, definition)
        await untilSeen(
          world,
          { node: 'n2', definition },
          ({ volumes }) => volumes[0]?.deviceKib === sizeKib,
        )
      },
    },
    { name: 'deleted', act: (world) => remove(world, definition) },
  ],
}
