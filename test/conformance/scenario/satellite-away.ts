import type { Scenario } from '../play.ts'
import { gone, makePair, must, settled, untilSeen } from '../world.ts'

const definition = 'late'
const mib = 1024

export const satelliteAway: Scenario = {
  name: 'satellite-away',
  title: 'a satellite is down while its replica is asked for, grown and deleted',
  definition,
  steps: [
    {
      name: 'n1 works alone',
      async act(world) {
        await world.stopSatellite('n2')
        await makePair(world, definition, { pool: 'thin', sizeKib: 16 * mib, minor: 2004 })
        await untilSeen(world, { node: 'n1', definition }, ({ status }) => status === 'applied')
      },
    },
    {
      name: 'n2 follows',
      async act(world) {
        await world.startSatellite('n2')
        await settled(world, definition)
      },
    },
    {
      name: 'grown when it is back',
      async act(world) {
        await world.stopSatellite('n2')
        await must(world, 'volume-definition.resize', { definition, number: 0, sizeKib: 24 * mib })
        await world.startSatellite('n2')
        await settled(world, definition)
      },
    },
    {
      name: 'deleted when it is back',
      async act(world) {
        await world.stopSatellite('n2')
        await must(world, 'resource-definition.delete', { definition })
        await world.startSatellite('n2')
        await gone(world, definition)
      },
    },
  ],
}
