/** The command line as a process: disks listed, made into a pool, and what came of it as an exit code. */
import { expect, test } from 'vitest'
import { until } from './harness.ts'
import { startSimulated } from './simulated.ts'
import { varve as varveOn } from './varve.ts'

const gib = 1024 * 1024

const disks = [
  { name: 'sda', sizeKib: 200 * gib },
  { name: 'sdb', sizeKib: 4 * gib, serial: 'S-B', model: 'Fast' },
  { name: 'sdc', sizeKib: 4 * gib },
  { name: 'sdd', sizeKib: 4 * gib, holds: 'ext4' },
]

test('disks become a pool that can be used at once, or it is said why not', async () => {
  await using simulated = await startSimulated({ nodes: ['n1'], host: () => ({ disks }) })
  const { system, world } = simulated
  const varve = (line: string) => varveOn(system, line)
  await until('n1 has told its disks', async () =>
    (await varve('physical-storage list')).out.includes('sdb') ? true : undefined,
  )
  const table = (await varve('ps l')).out
  expect(table).toMatch(/4 GiB +no +n1 +\/dev\/sdb +Fast +S-B +- +empty/)
  expect(table).not.toContain('sdd')
  expect((await varve('ps l --all --node n1')).out).toMatch(/\/dev\/sdd .* it holds ext4/)

  const make = 'ps create-device-pool lvm-thin n1 /dev/sdb --pool-name fast --storage-pool fast'
  expect((await varve(`${make} --plan`)).out).toContain('would record 2 events')
  expect(await varve(make)).toMatchObject({ code: 0 })
  expect((await varve('storage-pool list')).out).toMatch(/fast .* linstor_fast\/fast +seen/)
  expect((await varve('ps ldp')).out).toMatch(/linstor_fast\/fast +LVM_THIN +\/dev\/sdb +ready/)
  const taken = await varve('ps cdp lvm n1 /dev/sdd')
  expect(taken).toMatchObject({ code: 5 })
  expect(taken.err).toContain('it holds ext4')

  const stderr = '  No space for a label.'
  world.host('n1').fault({ argv: ['pvcreate'], effect: { kind: 'fail', code: 5, stderr } })
  const failed = await varve('ps cdp lvm n1 sdc')
  expect(failed).toMatchObject({ code: 11 })
  expect(failed.err).toContain('No space for a label')
  expect(failed.err).toContain('varve physical-storage delete-device-pool n1 linstor_sdc')
  expect(await varve('ps delete-device-pool n1 linstor_sdc')).toMatchObject({ code: 0 })
  const used = await varve('ps ddp n1 fast')
  expect(used).toMatchObject({ code: 5 })
  expect(used.err).toContain('varve storage-pool delete n1 fast')
  expect(world.unknown).toEqual([])
})
