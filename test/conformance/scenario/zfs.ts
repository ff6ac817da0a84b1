import type { Scenario } from '../play.ts'
import { makePair, must, remove, settled, untilSeen } from '../world.ts'

const mib = 1024

const alone = 'zalone'

export const zfsAlone: Scenario = {
  name: 'zfs-alone',
  title: 'sparse ZFS volumes without DRBD: made, grown, made smaller, deleted',
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
    {
      name: 'made smaller',
      async act(world) {
        await must(world, 'volume-definition.resize', {
          definition: alone,
          number: 0,
          sizeKib: 12 * mib,
          acceptDataLoss: true,
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
