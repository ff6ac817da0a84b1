/** Disks of simulated machines: which ones a storage pool could be made of, and what becomes of it. */
import type { PhysicalStorageRow } from '@varve/projections'
import { afterEach, expect, test } from 'vitest'
import { until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const gib = 1024 * 1024

let simulated: SimulatedSystem | undefined
afterEach(async () => {
  await simulated?.[Symbol.asyncDispose]()
  simulated = undefined
})

/** The pool of the harness lies on sda; the others are what a server room has. */
const disks = [
  { name: 'sda', sizeKib: 200 * gib },
  { name: 'sdb', sizeKib: 4 * gib, serial: 'S-B', wwn: '0x5000b', model: 'Fast' },
  { name: 'sdc', sizeKib: 4 * gib, serial: 'S-C', rotational: true },
  { name: 'sdd', sizeKib: 8 * gib, serial: 'S-D' },
  { name: 'sde', sizeKib: 4 * gib, holds: 'linux_raid_member' },
  { name: 'sdf', sizeKib: 4 * gib, partitions: ['sdf1', 'sdf2'] },
  { name: 'sdg', sizeKib: 4 * gib, holds: 'ext4', mountedOn: '/srv' },
  { name: 'sdh', sizeKib: gib },
]

async function start() {
  simulated = await startSimulated({ nodes: ['n1'], host: () => ({ disks }) })
  const { query } = simulated.system
  const list = async (args: object = {}) => {
    const reply = await query('physical-storage', args)
    return reply.ok ? (reply.data as { rows: PhysicalStorageRow[] }).rows : []
  }
  await until(
    'n1 has told its disks',
    async () => (await list({ all: true })).length > 0 || undefined,
  )
  return { ...simulated, list }
}

test('the list has empty disks, alike ones together; --all has the others with the reason', async () => {
  const { list, world } = await start()
  const rows = await list()
  expect(rows.map(({ path, serial }) => [path, serial])).toEqual([
    ['/dev/sdd', 'S-D'],
    ['/dev/sdb', 'S-B'],
    ['/dev/sdc', 'S-C'],
  ])
  expect(rows[1]).toMatchObject({ node: 'n1', model: 'Fast', wwn: '0x5000b', rotational: false })
  const reasons = (await list({ all: true, node: 'n1' })).map(({ path, problem }) => [
    path,
    problem,
  ])
  expect(Object.fromEntries(reasons)).toMatchObject({
    '/dev/sda': 'it is used by vg0-thin',
    '/dev/sde': 'it holds linux_raid_member',
    '/dev/sdf': 'it has the partitions sdf1, sdf2',
    '/dev/sdg': 'it is mounted on /srv',
    '/dev/sdh': 'it is too small: a storage pool needs more than 1 GiB',
  })
  expect(world.unknown).toEqual([])
})
