import type { Scenario } from '../play.ts'
import { demote, makePair, must, promote, remove, settled, untilSeen } from '../world.ts'

const mib = 1024

const pair = 'zpair'

export const zfsPair: Scenario = {
  name: 'zfs-pair',
  title: 'a pair on thick ZFS volumes: nothing to sync, written, grown in use, deleted',
  definition: pair,
  steps: [
    {
      name: 'made',
      async act(world) {
        await makePair(world, pair, { pool: 'zthick', sizeKib: 16 * mib, minor: 2010 })
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

const alone = 'zalone'

export const zfsAlone: Scenario = {
  name: 'zfs-alone',
  title: 'sparse ZFS volumes without DRBD: made, grown, deleted',
  definition: alone,
  steps: [
    {
      name: 'made',
      async act(world) {
        await makePair(world, alone, { pool: 'zthin', sizeKib: 16 * mib, layers: ['STORAGE'] })
        await settled(world, alone)
      },
    },
    {
      // No whole number of blocks: it is rounded up.
      name: 'grown',
      async act(world) {
        await must(world, 'volume-definition.resize', {
          definition: alone,
          number: 0,
          sizeKib: 24 * mib + 1,
        })
        await settled(world, alone)
      },
    },
    { name: 'deleted', act: (world) => remove(world, alone) },
  ],
}

const taken = 'ztaken'
const dataset = `tank/${taken}_00000`

export const foreignZvol: Scenario = {
  name: 'zfs-foreign',
  title: 'a dataset of somebody else has the name that a replica needs',
  definition: taken,
  steps: [
    {
      name: 'n2 refuses to touch it',
      async act(world) {
        const { exitCode } = await world.run('n2', ['zfs', 'create', dataset])
        if (exitCode !== 0) throw new Error('the foreign dataset cannot be made')
        await makePair(world, taken, { pool: 'zthick', sizeKib: 16 * mib, minor: 2011 })
        await untilSeen(
          world,
          { node: 'n2', definition: taken },
          ({ status }) => status === 'failed',
        )
        await untilSeen(
          world,
          { node: 'n1', definition: taken },
          (seen) => seen.status === 'applied',
        )
      },
    },
    {
      name: 'it is gone, n2 has its replica',
      async act(world) {
        const columns = 'type,io.varve:owner,io.varve:state'
        const { stdout } = await world.run('n2', ['zfs', 'list', '-H', '-o', columns, dataset])
        if (stdout !== 'filesystem\t-\t-\n') throw new Error(`somebody marked it: ${stdout}`)
        await world.run('n2', ['zfs', 'destroy', dataset])
        await settled(world, taken)
      },
    },
    { name: 'deleted', act: (world) => remove(world, taken) },
  ],
}
