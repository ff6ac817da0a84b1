/** Cached volumes and external metadata on simulated machines, with everything else as in earnest. */
import type { Layer } from '@varve/events'
import { expect, test } from 'vitest'
import { until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const gib = 1024 * 1024

/** Three nodes; n1 and n2 have a pool of fast disks. */
async function start(without?: string): Promise<SimulatedSystem> {
  const simulated = await startSimulated({
    nodes: ['n1', 'n2', 'n3'],
    host: (node) => ({
      disks: [
        { name: '/dev/sda', sizeKib: 200 * gib },
        { name: '/dev/nvme0n1', sizeKib: 20 * gib },
      ],
      groups: [
        { name: 'vg0', disks: ['/dev/sda'], thinPools: [{ name: 'thin', sizeKib: 100 * gib }] },
        { name: 'vg1', disks: ['/dev/nvme0n1'] },
      ],
      ...(node === without ? { tools: { caches: false } } : {}),
    }),
  })
  for (const node of ['n1', 'n2']) {
    const pool = { node, pool: 'ssd', provider: 'LVM' as const, backing: 'vg1' }
    await simulated.system.must('storage-pool.create', pool)
  }
  await until('the fast pools are measured', async () => {
    const reply = await simulated.system.query('storage-pools', { limit: 1000 })
    const rows = reply.ok
      ? (reply.data as { rows: { name: string; observed?: { freeKib?: number } }[] }).rows
      : []
    const fast = rows.filter(({ name }) => name === 'ssd')
    return fast.every(({ observed }) => observed?.freeKib !== undefined) || undefined
  })
  return simulated
}

async function make(
  { system }: SimulatedSystem,
  layers: readonly Layer[],
  props: Record<string, string>,
): Promise<void> {
  await system.must('resource-definition.create', { definition: 'web', layers: [...layers], props })
  for (const sizeKib of [gib, 2 * gib]) {
    await system.must('volume-definition.create', { definition: 'web', sizeKib })
  }
}

const place = { definition: 'web', filter: { placeCount: 2 } }

const settled = (simulated: SimulatedSystem) =>
  until('the resize is done', async () => {
    const reply = await simulated.system.query('operations')
    return (reply.ok && (reply.data as { total: number }).total === 0) || undefined
  })

test.each([
  {
    kind: 'writecache',
    layers: ['DRBD', 'WRITECACHE', 'STORAGE'],
    props: { 'Writecache/PoolName': 'ssd' },
    lost: 'vg1/web.cache_00000',
  },
  {
    kind: 'cache',
    layers: ['DRBD', 'CACHE', 'STORAGE'],
    props: { 'Cache/CachePool': 'ssd' },
    lost: 'vg1/web.dmcache_meta_00000',
  },
  {
    kind: 'external metadata',
    layers: ['DRBD', 'STORAGE'],
    props: { StorPoolNameDrbdMeta: 'ssd' },
    lost: 'vg1/web.meta_00000',
  },
] as const)(
  'DRBD with $kind: placed, written, off and on, larger, bereft, made anew, gone',
  async ({ layers, props, lost }) => {
    await using simulated = await start()
    const { system, world } = simulated
    await make(simulated, layers, props)
    await system.must('resource.auto-place', place)
    await simulated.untilDeployed('web', 2)
    const [n1, n2] = [world.host('n1'), world.host('n2')]
    // Its other volume may be a moment behind.
    await until('n1 may open it', () => n1.open('web') === undefined || undefined)
    expect(n1.write('web', 1, 'pattern')).toBeUndefined()

    await simulated.crash('n2')
    expect(n1.write('web', 2, 'while n2 was off')).toBeUndefined()
    await simulated.boot('n2')
    await until('n2 has caught up', () => n1.replica('web') === n2.replica('web') || undefined)
    await simulated.untilDeployed('web', 2)

    await system.must('volume-definition.resize', {
      definition: 'web',
      number: 0,
      sizeKib: 2 * gib,
    })
    await settled(simulated)
    expect(n1.read('web', 2)).toBe('while n2 was off')

    await simulated.crash('n2')
    world.host('n2').boot()
    expect(await n2.host.run(['lvremove', '--yes', lost])).toMatchObject({ exitCode: 0 })
    await simulated.startSatellite('n2')
    const failure = await until('n2 says what is missing', async () => {
      const row = (await simulated.replicas('web')).find(({ node }) => node === 'n2')
      return row?.observed?.failure
    })
    expect(failure).toContain(`${lost}, which volume 0 has beside its data, is not there`)
    expect((await n2.host.run(['lvs', '--options', 'lv_name'])).stdout).not.toContain(
      lost.slice('vg1/'.length),
    )
    // Its other volume is there, and this one is read over the network.
    await until('n2 is connected', () => n2.contents('web') === n1.contents('web') || undefined)
    await system.must('resource.delete', { definition: 'web', node: 'n2' })
    await until('n2 is free of it', async () =>
      (await simulated.replicas('web')).some(({ node }) => node === 'n2') ? undefined : true,
    )
    await system.must('resource.create', { definition: 'web', node: 'n2', pool: 'thin' })
    await simulated.untilDeployed('web', 2)
    expect(n2.replica('web')).toBe(n1.replica('web'))

    n1.close('web')
    await until('nobody has it open any more', async () =>
      (await simulated.replicas('web')).some(({ observed }) => observed?.role === 'Primary')
        ? undefined
        : true,
    )
    await system.must('resource-definition.delete', { definition: 'web' })
    await simulated.untilGone('web')
    for (const { host } of [n1, n2]) {
      expect((await host.run(['lvs', '--options', 'lv_name'])).stdout).not.toContain('web')
      expect((await host.run(['dmsetup', 'table'])).stdout).toContain('No devices')
    }
    expect(world.unknown).toEqual([])
  },
)

test('a node whose kernel cannot cache says so, and is left out', async () => {
  await using simulated = await start('n2')
  const { system } = simulated
  await make(simulated, ['WRITECACHE', 'STORAGE'], { 'Writecache/PoolName': 'ssd' })
  const reply = await system.command('resource.auto-place', place)
  if (reply.ok) throw new Error('only n1 has both the module and the pool')
  const details = (reply.refusal.details ?? []).join('\n')
  expect(details).toContain(
    'the kernel has no dm-writecache, and modprobe dm-writecache found none',
  )
  expect(details).toContain('There is no storage pool ssd on node n3')
  await system.must('resource.auto-place', { definition: 'web', filter: { placeCount: 1 } })
  const [row] = await until('it is there', async () => {
    const rows = await simulated.replicas('web')
    return rows[0]?.observed?.status === 'applied' ? rows : undefined
  })
  expect(row?.node).toBe('n1')
})
