import { TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'
import { compileNode } from '../desired/compile.ts'

const make = 'physical-storage.create-device-pool'
const remove = 'physical-storage.delete-device-pool'

function given(): TestCluster {
  const cluster = new TestCluster()
  cluster.node('n1')
  cluster.disks(
    'n1',
    { path: '/dev/sdb', serial: 'S-B', wwn: '0x5b' },
    { path: '/dev/sdc', serial: 'S-C' },
    { path: '/dev/sdd', problem: 'it holds ext4' },
    { path: '/dev/sde', serial: 'twin' },
    { path: '/dev/sdf', serial: 'twin' },
  )
  return cluster
}

const desired = (cluster: TestCluster) => compileNode(cluster.state, 'n1')?.devicePools

test('the node is told which disks are meant, and by what else it knows them', () => {
  const cluster = given()
  cluster.must(make, { node: 'N1', provider: 'LVM', devices: ['sdc', '0x5b'] })
  expect(desired(cluster)).toEqual([
    {
      backing: 'linstor_sdc',
      provider: 'LVM',
      owner: cluster.state.devicePools.get('n1/linstor_sdc')?.origin.entry,
      state: 'present',
      devices: [
        { path: '/dev/sdc', sizeKib: 4 * 1024 * 1024, serial: 'S-C' },
        { path: '/dev/sdb', sizeKib: 4 * 1024 * 1024, serial: 'S-B', wwn: '0x5b' },
      ],
    },
  ])
})

test('users’ words for the tools go along; those that would be dangerous are refused by name', () => {
  const cluster = given()
  const one = { node: 'n1', provider: 'LVM_THIN' as const, devices: ['sdb'] }
  for (const [given, says] of [
    [{ pvCreateArguments: '--force' }, '"--force" is not among the options of pvcreate'],
    [{ vgCreateArguments: '--addtag varve:me' }, '"--addtag" is not among the options of vgcreate'],
    [{ lvCreateArguments: '--extents 1' }, '"--extents" is not among the options of lvcreate'],
    [{ zpoolCreateArguments: '-o ashift=12' }, 'zpool create makes no device pool for LVM_THIN'],
  ] as const) {
    expect(cluster.refusal(make, { ...one, ...given }).text).toContain(says)
  }
  const words = { vgCreateArguments: '-s 1M', lvCreateArguments: '--chunksize 256k --zero n' }
  cluster.must(make, { ...one, ...words, pvCreateArguments: ' ' })
  expect(desired(cluster)?.[0]?.arguments).toEqual(words)
  for (const bad of [
    '-f',
    '-o cachefile=none',
    '-O mountpoint=/',
    '-R /mnt',
    '-O io.varve:owner=x',
  ]) {
    const refused = cluster.refusal(make, {
      ...{ node: 'n1', provider: 'ZFS', devices: ['sdc'] },
      zpoolCreateArguments: bad,
    })
    expect(refused.text).toContain('is not among the options of zpool create')
  }
})

test('the names are LINSTOR’s', () => {
  for (const [provider, poolName, backing] of [
    ['LVM', undefined, 'linstor_sdb'],
    ['LVM_THIN', undefined, 'linstor_linstor_sdb/linstor_sdb'],
    ['LVM_THIN', 'data', 'linstor_data/data'],
    ['LVM_THIN', 'vg1/tp', 'vg1/tp'],
    ['LVM', 'data', 'data'],
  ] as const) {
    const cluster = given()
    const name = poolName === undefined ? {} : { poolName }
    cluster.must(make, { node: 'n1', provider, devices: ['sdb'], ...name })
    expect(desired(cluster)?.map((pool) => pool.backing)).toEqual([backing])
  }
})

test('when it is there its storage pool is added in the same entry, and nothing is left to do', () => {
  const cluster = given()
  cluster.must(make, { node: 'n1', provider: 'LVM', devices: ['sdb'], pool: 'disk' })
  expect(typesOf(cluster.devicePool('n1', 'linstor_sdb', 'present'))).toEqual([
    'device-pool.created',
    'storage-pool-definition.created',
    'storage-pool.created',
    'operation.finished',
  ])
  expect(desired(cluster)).toBeUndefined()
  expect(cluster.state.pools.get('n1/disk')?.backing).toBe('linstor_sdb')
  expect(cluster.devicePool('n1', 'linstor_sdb', 'present')).toEqual([])
})

test('what is told of another one of that name, or twice, changes nothing', () => {
  const cluster = given()
  cluster.must(make, { node: 'n1', provider: 'LVM', devices: ['sdb'] })
  const stale = { node: 'n1', backing: 'linstor_sdb', owner: 'another', state: 'present' as const }
  expect(cluster.must('fact.device-pool-observed', stale)).toEqual([])
  expect(cluster.devicePool('n1', 'linstor_sdb', 'absent')).toEqual([])
})

test('one that failed keeps its name until what there is of it is taken away', () => {
  const cluster = given()
  const wish = { node: 'n1', provider: 'LVM' as const, devices: ['sdb'] }
  cluster.must(make, wish)
  cluster.devicePool('n1', 'linstor_sdb', 'failed', 'pvcreate: no')
  expect(desired(cluster)).toBeUndefined()
  expect(cluster.refusal(make, wish).text).toContain('it failed: pvcreate: no')
  cluster.must(remove, { node: 'n1', poolName: 'linstor_sdb' })
  expect(desired(cluster)).toMatchObject([{ state: 'absent' }])
  cluster.devicePool('n1', 'linstor_sdb', 'absent')
  cluster.must(make, wish)
})

test('refused: disks that are not fit, not there, or called alike', () => {
  const cluster = given()
  const of = (...devices: string[]) =>
    cluster.refusal(make, { node: 'n1', provider: 'LVM', devices })
  expect(of('sdd')).toMatchObject({ code: 'device-in-use' })
  expect(of('sdd').text).toContain('it holds ext4')
  expect(of('sdb', 'sdd').code).toBe('device-in-use')
  expect(of('sdz').code).toBe('not-found')
  expect(of('twin').text).toContain('/dev/sde and /dev/sdf are both called so')
  expect(of('sdb', 'S-B').text).toContain('named twice')
  expect(cluster.state.devicePools.size).toBe(0)
})

test('refused: names that are taken, and nodes that cannot', () => {
  const cluster = given()
  const wish = { node: 'n1', provider: 'LVM' as const, devices: ['sdb'] }
  expect(cluster.refusal(make, { ...wish, poolName: 'vg' }).text).toContain('storage pool thin')
  expect(cluster.refusal(make, { ...wish, pool: 'thin' }).code).toBe('exists')
  expect(cluster.refusal(make, { ...wish, poolName: 'a/b' }).code).toBe('invalid-backing')
  expect(cluster.refusal(make, { ...wish, provider: 'ZFS' }).code).toBe('not-capable')
  cluster.must(make, { ...wish, poolName: 'vg1', pool: 'fast' })
  expect(cluster.refusal(make, { ...wish, poolName: 'vg2' }).text).toContain('made of it')
  const more = { ...wish, devices: ['sdc'] }
  expect(cluster.refusal(make, { ...more, poolName: 'vg1' }).code).toBe('exists')
  expect(cluster.refusal(make, { ...more, pool: 'fast' }).code).toBe('exists')
  const early = { node: 'n1', pool: 'early', provider: 'LVM' as const, backing: 'vg1' }
  expect(cluster.refusal('storage-pool.create', early).code).toBe('operation-runs')
  cluster.must('fact.node-offline', { node: 'n1' })
  expect(cluster.refusal(make, more).code).toBe('node-offline')
})

test('a node that is working on one is not deleted; one that is lost is not waited for', () => {
  const cluster = given()
  cluster.must(make, { node: 'n1', provider: 'LVM', devices: ['sdb'] })
  expect(cluster.refusal('node.delete', { node: 'n1' }).code).toBe('operation-runs')
  cluster.must('fact.node-offline', { node: 'n1' })
  cluster.must('node.lost', { node: 'n1' })
  expect([cluster.state.operations.size, cluster.state.devicePools.size]).toEqual([0, 0])
})

test('only what was made so is deleted, and not under a storage pool', () => {
  const cluster = given()
  expect(cluster.refusal(remove, { node: 'n1', poolName: 'vg' }).code).toBe('not-found')
  cluster.must(make, {
    node: 'n1',
    provider: 'LVM_THIN',
    devices: ['sdb'],
    poolName: 'x',
    pool: 'fast',
  })
  expect(cluster.refusal(remove, { node: 'n1', poolName: 'x' }).code).toBe('operation-runs')
  cluster.devicePool('n1', 'linstor_x/x', 'present')
  expect(cluster.refusal(remove, { node: 'n1', poolName: 'x' }).text).toContain('storage pool fast')
  cluster.must('storage-pool.delete', { node: 'n1', pool: 'fast' })
  cluster.must(remove, { node: 'n1', poolName: 'x' })
  const events = cluster.devicePool('n1', 'linstor_x/x', 'failed', 'it is not empty')
  expect(typesOf(events)).toEqual(['device-pool.deletion-failed', 'operation.finished'])
  expect(cluster.state.devicePools.get('n1/linstor_x/x')).toMatchObject({
    phase: 'ready',
    problem: 'it is not empty',
  })
})
