/** Disks of simulated machines: which ones a storage pool could be made of, and what becomes of it. */

import type { DevicePoolRow, PhysicalStorageRow } from '@varve/projections'
import type { Host } from '@varve/satellite'
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

/** Commands that change a disk, as they were run; `dead`: nothing reaches the machine any more. */
type Watch = {
  readonly changes: string[]
  dead: boolean
  hook?: (moment: 'before' | 'after', line: string) => void
}

const changing = /^(pvcreate|vgcreate|lvcreate|vgremove|lvremove|pvremove|zpool (create|destroy))/

function watched(host: Host, watch: Watch): Host {
  return {
    ...host,
    run: async (argv, options) => {
      const line = argv.join(' ')
      const nothing = { argv, stdout: '', stderr: '', timedOut: true }
      if (watch.dead) return nothing
      const isChange = changing.test(line)
      if (isChange) watch.hook?.('before', line)
      if (isChange) watch.changes.push(line)
      const result = await host.run(argv, options)
      if (isChange) watch.hook?.('after', line)
      return watch.dead ? nothing : result
    },
  }
}

async function start() {
  const watch: Watch = { changes: [], dead: false }
  simulated = await startSimulated({
    nodes: ['n1'],
    host: () => ({ disks, zpools: [] }),
    between: (host) => watched(host, watch),
  })
  const { query, must, command } = simulated.system
  const list = async (args: object = {}) => {
    const reply = await query('physical-storage', args)
    return reply.ok ? (reply.data as { rows: PhysicalStorageRow[] }).rows : []
  }
  await until(
    'n1 has told its disks',
    async () => (await list({ all: true })).length > 0 || undefined,
  )
  const pools = async () => {
    const reply = await query('device-pools')
    return reply.ok ? (reply.data as { rows: DevicePoolRow[] }).rows : []
  }
  const create = 'physical-storage.create-device-pool' as const
  return {
    ...simulated,
    watch,
    machine: simulated.world.host('n1').machine,
    list,
    must,
    pools,
    make: (args: Omit<Parameters<typeof must<typeof create>>[1], 'node'>) =>
      must(create, { node: 'n1', ...args }),
    async refusal(args: Omit<Parameters<typeof must<typeof create>>[1], 'node'>) {
      const reply = await command(create, { node: 'n1', ...args })
      return reply.ok ? 'accepted' : reply.refusal.message
    },
    async phase(backing: string, phase: string) {
      return until(`${backing} is ${phase}`, async () => {
        const row = (await pools()).find((each) => each.backing === backing)
        return (row?.phase ?? 'gone') === phase ? (row ?? true) : undefined
      })
    },
    async remove(poolName: string) {
      await must('physical-storage.delete-device-pool', { node: 'n1', poolName })
    },
  }
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

test('a thin pool of two disks, its storage pool with it, and a volume onto that', async () => {
  const { make, must, machine, phase, world, watch } = await start()
  const devices = ['/dev/sdb', 'S-C']
  await make({ provider: 'LVM_THIN', devices, poolName: 'fast', pool: 'fast' })
  await phase('linstor_fast/fast', 'ready')
  const group = machine.groups.get('linstor_fast')
  expect(group?.disks).toEqual(['sdb', 'sdc'])
  expect([...(group?.tags ?? [])]).toEqual([expect.stringMatching(/^varve:/)])
  expect(group?.volumes.get('fast')?.kind).toBe('thin-pool')
  await until('the pool is measured', async () => {
    const placed = await must('resource-group.spawn', {
      group: 'DfltRscGrp',
      definition: 'web',
      sizesKib: [gib],
      filter: { layers: ['STORAGE'], placeCount: 1, pools: ['fast'] },
    }).catch(() => undefined)
    return placed
  })
  await until('the volume is there', () => group?.volumes.has('web_00000') || undefined)
  expect(watch.changes.filter((line) => line.startsWith('pvcreate'))).toHaveLength(2)
  expect(watch.changes.join('\n')).not.toMatch(/pvcreate.*--yes|vgcreate.*--yes|-ff/)
  expect(world.unknown).toEqual([])
})

test('a zpool, its name made from the disk; and its end leaves the disk as it was', async () => {
  const { make, machine, phase, remove, world } = await start()
  await make({ provider: 'ZFS', devices: ['sdd'] })
  await phase('linstor_sdd', 'ready')
  expect(machine.zpools.get('linstor_sdd')?.disks).toEqual(['sdd'])
  await remove('linstor_sdd')
  await phase('linstor_sdd', 'gone')
  expect(machine.zpools.size).toBe(0)
  expect(machine.disks.get('sdd')?.signatures).toEqual([])
  expect(world.unknown).toEqual([])
})

test('a disk that holds anything is refused at once, whoever names it', async () => {
  const { refusal, pools, watch } = await start()
  const of = (...devices: string[]) => refusal({ provider: 'LVM', devices })
  expect(await of('/dev/sda')).toContain('it is used by vg0-thin')
  expect(await of('/dev/sdb', '/dev/sde')).toContain('it holds linux_raid_member')
  expect(await of('/dev/sdf')).toContain('it has the partitions')
  expect(await of('/dev/sdg')).toContain('it is mounted on /srv')
  expect(await of('/dev/sdh')).toContain('it is too small')
  expect(await of('/dev/sdz')).toContain('There is no disk /dev/sdz on node n1')
  expect(await of('/dev/sdb', 'S-B')).toContain('named twice')
  expect(await refusal({ provider: 'LVM', devices: ['sdb'], poolName: 'vg0' })).toContain('in use')
  expect(await refusal({ provider: 'LVM', devices: ['sdb'], pool: 'thin' })).toContain('already')
  expect(await pools()).toEqual([])
  expect(watch.changes).toEqual([])
})

test('what comes onto the disk after all were asked is found, and left alone', async () => {
  const { make, machine, phase, watch, remove, world } = await start()
  const disk = machine.disks.get('sdb')
  watch.hook = (moment, line) => {
    const theirs = { type: 'ext4', offset: 0x438, magic: '53 ef', uuid: 'theirs' }
    if (moment === 'after' && line.startsWith('pvcreate') && disk) disk.signatures = [theirs]
  }
  await make({ provider: 'LVM', devices: ['/dev/sdc', '/dev/sdb'], poolName: 'vg1' })
  const row = await phase('vg1', 'failed')
  expect(row).toMatchObject({ problem: expect.stringContaining('/dev/sdb') })
  expect(disk?.signatures).toMatchObject([{ type: 'ext4', uuid: 'theirs' }])
  expect(machine.groups.has('vg1')).toBe(false)
  // What was made of it before carries our mark, and goes with it.
  await remove('vg1')
  await phase('vg1', 'gone')
  expect(machine.disks.get('sdc')?.signatures).toEqual([])
  expect(disk?.signatures).toMatchObject([{ type: 'ext4', uuid: 'theirs' }])
  expect(world.unknown).toEqual([])
})

test('a satellite that dies in between goes on where it was, and nothing is done twice', async () => {
  for (const tool of ['pvcreate', 'vgcreate', 'lvcreate']) {
    const { make, machine, phase, watch, startSatellite, stopSatellite } = await start()
    const died = Promise.withResolvers<void>()
    watch.hook = (moment, line) => {
      if (moment !== 'after' || !line.startsWith(tool) || watch.dead) return
      watch.dead = true
      died.resolve()
    }
    await make({
      provider: 'LVM_THIN',
      devices: ['sdb', 'sdc'],
      poolName: 'vg1/thin',
      pool: 'fast',
    })
    await died.promise
    await stopSatellite('n1')
    watch.hook = () => undefined
    watch.dead = false
    await startSatellite('n1')
    await phase('vg1/thin', 'ready')
    expect(machine.groups.get('vg1')?.disks).toEqual(['sdb', 'sdc'])
    const ran = watch.changes.map((line) => line.split(' ')[0])
    expect(ran, tool).toEqual(['pvcreate', 'pvcreate', 'vgcreate', 'lvcreate'])
    await simulated?.[Symbol.asyncDispose]()
  }
})

test('only what is empty, and ours, is taken away', async () => {
  const { make, machine, phase, remove, must, pools, world, system } = await start()
  await make({ provider: 'LVM', devices: ['sdb'], poolName: 'vg1', pool: 'thick' })
  await phase('vg1', 'ready')
  const blocked = await system.command('physical-storage.delete-device-pool', {
    node: 'n1',
    poolName: 'vg1',
  })
  expect(blocked).toMatchObject({ ok: false, refusal: { code: 'in-use' } })
  await must('storage-pool.delete', { node: 'n1', pool: 'thick' })
  world.host('n1').plantVolume('vg1', 'theirs', gib)
  await remove('vg1')
  await until('it is told why', async () => {
    const [row] = await pools()
    return (row?.phase === 'ready' && row.problem?.includes('theirs is in vg1')) || undefined
  })
  machine.groups.get('vg1')?.volumes.clear()
  await remove('vg1')
  await phase('vg1', 'gone')
  expect(machine.groups.has('vg1')).toBe(false)
  expect(machine.disks.get('sdb')?.signatures).toEqual([])
  const foreign = await system.command('physical-storage.delete-device-pool', {
    node: 'n1',
    poolName: 'vg0',
  })
  expect(foreign).toMatchObject({ ok: false, refusal: { code: 'not-found' } })
  expect(machine.groups.has('vg0')).toBe(true)
  expect(world.unknown).toEqual([])
})
