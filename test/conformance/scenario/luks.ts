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
import { snapshot, take, untilPhase } from './snapshot.ts'

const mib = 1024
const pair = 'lpair'

/** Both scenarios are played in one world, in any order: whoever comes second finds it there. */
async function unlock(world: Parameters<Scenario['steps'][number]['act']>[0]): Promise<void> {
  const reply = await world.command('encryption.create-passphrase', { passphrase: 'correct horse' })
  if (!reply.ok && reply.refusal.code !== 'passphrase-exists')
    throw new Error(reply.refusal.message)
}

export const luksPair: Scenario = {
  name: 'luks-pair',
  title: 'DRBD over LUKS over thin LVM: synced, written, grown in use, deleted',
  definition: pair,
  steps: [
    {
      name: 'made',
      async act(world) {
        await unlock(world)
        await makePair(world, pair, {
          pool: 'thin',
          sizeKib: 16 * mib,
          minor: 2020,
          layers: ['DRBD', 'LUKS', 'STORAGE'],
        })
        await settled(world, pair)
      },
    },
    {
      name: 'written on n1, read on n2',
      async act(world) {
        await promote(world, 'n1', pair)
        await world.write({ node: 'n1', definition: pair, block: 1 }, 'pattern')
        await demote(world, 'n1', pair)
        await promote(world, 'n2', pair)
        const text = await world.read({ node: 'n2', definition: pair, block: 1 })
        if (text !== 'pattern') throw new Error(`n2 reads "${text}"`)
        await untilSeen(world, { node: 'n2', definition: pair }, ({ role }) => role === 'Primary')
        for (const node of ['n1', 'n2']) {
          const { stdout } = await world.run(node, ['blkid', '-o', 'value', '-s', 'TYPE', backing])
          if (stdout !== 'crypto_LUKS\n') throw new Error(`${node} has ${stdout} on ${backing}`)
        }
      },
    },
    {
      name: 'a snapshot of it, and a pair of its own that is made of the snapshot',
      async act(world) {
        await take(world, pair, 'n2')
        await world.write({ node: 'n2', definition: pair, block: 1 }, 'after')
        await must(world, 'snapshot.restore', { definition: pair, snapshot, to: restored })
        await settled(world, restored)
        await hasPattern(world, 'n1', restored)
        await demote(world, 'n1', restored)
        await remove(world, restored)
      },
    },
    {
      name: 'rolled back, and used on n2 again',
      async act(world) {
        await demote(world, 'n2', pair)
        await must(world, 'snapshot.rollback', { definition: pair, snapshot })
        await settled(world, pair)
        await hasPattern(world, 'n1', pair)
        await demote(world, 'n1', pair)
        await hasPattern(world, 'n2', pair)
        await must(world, 'snapshot.delete', { definition: pair, snapshot })
        await untilPhase(world, pair, undefined)
      },
    },
    {
      name: 'grown while n2 uses it',
      async act(world) {
        await must(world, 'volume-definition.resize', {
          definition: pair,
          number: 0,
          sizeKib: 24 * mib,
        })
        await settled(world, pair)
      },
    },
    {
      name: 'deleted',
      async act(world) {
        await demote(world, 'n2', pair)
        await remove(world, pair)
      },
    },
  ],
}

const backing = `/dev/vg0/${pair}_00000`
const restored = `${pair}-before`

async function hasPattern(
  world: ConformanceWorld,
  node: string,
  definition: string,
): Promise<void> {
  await promote(world, node, definition)
  const text = await world.read({ node, definition, block: 1 })
  if (text !== 'pattern') throw new Error(`${definition} on ${node} reads "${text}"`)
}

const alone = 'lalone'

export const luksAlone: Scenario = {
  name: 'luks-alone',
  title: 'LUKS over a file, without DRBD: made, grown, deleted',
  definition: alone,
  steps: [
    {
      name: 'made',
      async act(world) {
        await unlock(world)
        await makePair(world, alone, {
          pool: 'sparse',
          sizeKib: 16 * mib,
          layers: ['LUKS', 'STORAGE'],
        })
        await settled(world, alone)
      },
    },
    {
      name: 'grown',
      async act(world) {
        await must(world, 'volume-definition.resize', {
          definition: alone,
          number: 0,
          sizeKib: 24 * mib,
        })
        await settled(world, alone)
      },
    },
    { name: 'deleted', act: (world) => remove(world, alone) },
  ],
}
