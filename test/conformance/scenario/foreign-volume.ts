import type { Scenario } from '../play.ts'
import { makePair, remove, settled, untilSeen } from '../world.ts'

const definition = 'taken'
const volume = `vg0/${definition}_00000`
const mib = 1024

export const foreignVolume: Scenario = {
  name: 'foreign-volume',
  title: 'a logical volume of somebody else has the name that a replica needs',
  definition,
  steps: [
    {
      name: 'n2 refuses to touch it',
      async act(world) {
        const argv = ['lvcreate', '-y', '-Wn', '-L', '16M', '-n', `${definition}_00000`, 'vg0']
        const { exitCode } = await world.run('n2', argv)
        if (exitCode !== 0) throw new Error('the foreign volume cannot be made')
        await makePair(world, definition, { pool: 'thin', sizeKib: 16 * mib, minor: 2003 })
        await untilSeen(world, { node: 'n2', definition }, ({ status }) => status === 'failed')
        await untilSeen(world, { node: 'n1', definition }, ({ status }) => status === 'applied')
      },
    },
    {
      name: 'it is gone, n2 has its replica',
      async act(world) {
        const { stdout } = await world.run('n2', ['lvs', '--noheadings', '-o', 'lv_tags', volume])
        if (stdout.trim() !== '') throw new Error(`somebody tagged the foreign volume: ${stdout}`)
        await world.run('n2', ['lvremove', '-f', volume])
        await settled(world, definition)
      },
    },
    { name: 'deleted', act: (world) => remove(world, definition) },
  ],
}
