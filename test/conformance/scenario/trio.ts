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

const definition = 'trio'
const mib = 1024

export const trioOfNodes: Scenario = {
  name: 'trio',
  title: 'two replicas and a tie-breaker: failed over, a third replica, grown, without quorum',
  definition,
  steps: [
    {
      name: 'made, and the third node breaks ties',
      async act(world) {
        await makePair(world, definition, { pool: 'thin', sizeKib: 32 * mib, minor: 2000 })
        await settled(world, definition)
      },
    },
    {
      name: 'written on n1, which has lost its power; n2 has quorum and what was written',
      async act(world) {
        await promote(world, 'n1', definition)
        await world.write({ node: 'n1', definition, block: 1 }, 'pattern')
        await world.powerOff('n1')
        await promote(world, 'n2', definition)
        await has(world, 'n2', 'pattern')
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
      name: 'the tie-breaker has become a replica, while n2 uses it',
      async act(world) {
        await must(world, 'resource.create', { definition, node: 'n3', pool: 'thin' })
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
      name: 'n2 is cut off: it has no quorum',
      async act(world) {
        await demote(world, 'n2', definition)
        await world.cut()
        await untilSeen(world, { node: 'n2', definition }, ({ quorum }) => quorum === false)
        for (const node of ['n1', 'n3']) await untilSeen(world, { node, definition }, lacks('n2'))
        await promote(world, 'n3', definition)
        await has(world, 'n3', 'pattern')
        await world.write({ node: 'n3', definition, block: 3 }, 'while n2 was cut off')
      },
    },
    {
      name: 'the network is whole again',
      async act(world) {
        await world.heal()
        await settled(world, definition)
      },
    },
    {
      name: 'the replica on n1 is deleted, the others work on',
      async act(world) {
        await must(world, 'resource.delete', { definition, node: 'n1' })
        await untilSeen(world, { node: 'n3', definition }, ({ connections }) =>
          connections.every(({ volumes }) =>
            volumes.every(({ peerDisk }) => peerDisk !== 'Inconsistent'),
          ),
        )
        await settled(world, definition)
      },
    },
    {
      name: 'deleted',
      async act(world) {
        await demote(world, 'n3', definition)
        await remove(world, definition)
      },
    },
  ],
}

async function has(world: ConformanceWorld, node: string, text: string): Promise<void> {
  const found = await world.read({ node, definition, block: 1 })
  if (found !== text) throw new Error(`${node} has ${JSON.stringify(found)}`)
}

function lacks(peer: string): Parameters<typeof untilSeen>[2] {
  return ({ connections }) =>
    connections.some((each) => each.peer === peer && each.state !== 'Connected')
}
