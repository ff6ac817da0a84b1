import { type Layer, volumeDefinitionOf } from '@varve/events'
import { gib, TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'
import { compileResource } from '../desired/compile.ts'

function replicated(): TestCluster {
  const cluster = new TestCluster()
  for (const name of ['n1', 'n2']) cluster.node(name)
  cluster.must('resource-group.create', { group: 'fast', filter: { placeCount: 2 } })
  cluster.must('resource-group.spawn', { group: 'fast', definition: 'web', sizesKib: [gib] })
  for (const node of ['n1', 'n2']) cluster.deploy('web', node, volumes(gib + 4096, gib))
  return cluster
}

const volumes = (backingKib: number, deviceKib: number) => ({
  volumes: [{ number: 0, disk: 'UpToDate' as const, backingKib, deviceKib }],
})

test('storage grows on every node before DRBD grows on one, then the resize is done', () => {
  const cluster = replicated()
  cluster.must('volume-definition.resize', { definition: 'web', number: 0, sizeKib: 2 * gib })
  const wanted = compileResource(cluster.state, 'web', 'n1')?.volumes[0]?.storage?.sizeKib ?? 0
  expect(wanted).toBeGreaterThan(2 * gib)
  expect(typesOf(cluster.deploy('web', 'n1', volumes(wanted, gib)))).toEqual(['volume.deployed'])
  expect(cluster.deploy('web', 'n2', volumes(wanted, gib))).toMatchObject([
    { type: 'volume.deployed' },
    { type: 'volume-definition.storage-grown', resizer: 'n1' },
  ])
  expect(compileResource(cluster.state, 'web', 'n1')?.volumes[0]?.drbd?.resize).toBe(true)
  expect(compileResource(cluster.state, 'web', 'n2')?.volumes[0]?.drbd?.resize).toBe(false)
  expect(typesOf(cluster.deploy('web', 'n1', volumes(wanted, 2 * gib)))).toEqual([
    'volume-definition.resized',
    'operation.finished',
  ])
  expect(volumeDefinitionOf(cluster.state, 'web', 0)).toMatchObject({ sizeKib: 2 * gib })
})

test('the same size is nothing to do; a smaller one is refused; a second one while one runs too', () => {
  const cluster = replicated()
  const resize = { definition: 'web', number: 0 }
  expect(cluster.must('volume-definition.resize', { ...resize, sizeKib: gib })).toEqual([])
  expect(cluster.refusal('volume-definition.resize', { ...resize, sizeKib: gib / 2 }).code).toBe(
    'cannot-shrink',
  )
  cluster.must('volume-definition.resize', { ...resize, sizeKib: 2 * gib })
  expect(cluster.must('volume-definition.resize', { ...resize, sizeKib: 2 * gib })).toEqual([])
  expect(cluster.refusal('volume-definition.resize', { ...resize, sizeKib: 3 * gib }).code).toBe(
    'operation-runs',
  )
})

const able = { able: true } as const
const all = {
  providers: { LVM_THIN: able, DISKLESS: able },
  layers: { DRBD: able, NVME: able, WRITECACHE: able, STORAGE: able },
  drbdKernel: '9.2.18',
}

function alone(layers: Layer[]): TestCluster {
  const cluster = new TestCluster()
  cluster.node('n1', { capabilities: all })
  cluster.must('resource-definition.create', {
    definition: 'web',
    layers,
    props: { 'Writecache/PoolName': 'thin' },
  })
  cluster.must('volume-definition.create', { definition: 'web', sizeKib: gib })
  cluster.must('resource.create', { definition: 'web', node: 'n1', pool: 'thin' })
  return cluster
}

const smaller = { definition: 'web', number: 0, sizeKib: gib / 2, acceptDataLoss: true }
const backing = (kib: number) => ({ volumes: [{ number: 0, backingKib: kib, deviceKib: kib }] })

test('a volume shrinks by a waiver, and is done when its storage is as small', () => {
  const cluster = alone(['STORAGE'])
  cluster.deploy('web', 'n1', backing(gib))
  const { acceptDataLoss: _, ...unsaid } = smaller
  const refusal = cluster.refusal('volume-definition.resize', unsaid)
  expect(refusal).toMatchObject({ code: 'would-cut-off' })
  expect(refusal.text).toContain('1 GiB and would lose all that lies behind 512 MiB')
  cluster.must('volume-definition.resize', smaller)
  const storage = () => compileResource(cluster.state, 'web', 'n1')?.volumes[0]?.storage
  expect(storage()).toMatchObject({ sizeKib: gib / 2, shrink: true })
  expect(typesOf(cluster.deploy('web', 'n1', backing(gib)))).toEqual([])
  expect(typesOf(cluster.deploy('web', 'n1', backing(gib / 2)))).toEqual([
    'volume.deployed',
    'volume-definition.resized',
    'operation.finished',
  ])
  expect(storage()?.shrink).toBeUndefined()
})

test('a shrink that a node cannot do is taken back with the size from before', () => {
  const cluster = alone(['STORAGE'])
  cluster.deploy('web', 'n1', backing(gib))
  cluster.must('volume-definition.resize', smaller)
  expect(cluster.refusal('volume-definition.resize', { ...smaller, sizeKib: gib / 4 }).code).toBe(
    'operation-runs',
  )
  const back = cluster.must('volume-definition.resize', { ...smaller, sizeKib: gib })
  expect(typesOf(back)).toEqual([
    'volume-definition.resize-started',
    'volume-definition.resized',
    'operation.finished',
  ])
  expect(volumeDefinitionOf(cluster.state, 'web', 0)).toMatchObject({ sizeKib: gib })
  expect(cluster.state.operations.size).toBe(0)
})

test.each([
  [['DRBD', 'STORAGE'], /DRBD keeps its metadata/],
  [['NVME', 'STORAGE'], /over NVMe would write behind its end/],
  [['WRITECACHE', 'STORAGE'], /its cache may hold what was written behind/],
] as const)('what cannot shrink is named: %s', (layers, why) => {
  const cluster = alone([...layers])
  expect(cluster.refusal('volume-definition.resize', smaller).code).toBe('cannot-shrink')
  expect(cluster.refusal('volume-definition.resize', smaller).text).toMatch(why)
})

test('growth must fit into every pool', () => {
  const cluster = replicated()
  cluster.pools.set('n2/thin', {
    pool: 'thin',
    provider: 'LVM_THIN',
    totalKib: 2 * gib,
    freeKib: gib / 1024,
    at: 0,
  })
  expect(
    cluster.refusal('volume-definition.resize', {
      definition: 'web',
      number: 0,
      sizeKib: 100 * gib,
    }),
  ).toMatchObject({ code: 'pool-too-small' })
})
