import { gib, TestCluster } from '@varve/testing'
import { expect, test } from 'vitest'
import { compileNode, compileResource } from './compile.ts'

function pair(): TestCluster {
  const cluster = new TestCluster()
  for (const name of ['n1', 'n2', 'n3']) cluster.node(name)
  cluster.must('resource-definition.create', { definition: 'web' })
  cluster.must('volume-definition.create', { definition: 'web', sizeKib: gib })
  return cluster
}

const starts = (cluster: TestCluster, nodes: readonly string[]) =>
  nodes.map((node) => compileResource(cluster.state, 'web', node)?.volumes[0]?.drbd?.start.kind)

test('replicas on thin storage all begin equal, so that none waits for another', () => {
  const cluster = pair()
  cluster.must('resource.create', { definition: 'web', node: 'n1', pool: 'thin' })
  cluster.must('resource.create', { definition: 'web', node: 'n2', pool: 'thin' })
  expect(starts(cluster, ['n1', 'n2'])).toEqual(['skip-sync', 'skip-sync'])
})

test('on thick storage the first replica is the source and the others are synced whole', () => {
  const cluster = pair()
  for (const node of ['n1', 'n2', 'n3']) {
    cluster.must('storage-pool.create', { node, pool: 'thick', provider: 'LVM', backing: 'vg1' })
    const pool = { pool: 'thick', provider: 'LVM' as const, at: 0 }
    cluster.pools.set(`${node}/thick`, { ...pool, totalKib: 100 * gib, freeKib: 100 * gib })
  }
  for (const node of ['n1', 'n2']) {
    cluster.must('resource.create', { definition: 'web', node, pool: 'thick' })
  }
  expect(starts(cluster, ['n1', 'n2'])).toEqual(['source', 'full-sync'])
  cluster.deploy('web', 'n1')
  // Once data may exist, nobody is born UpToDate any more, not even the former source.
  expect(starts(cluster, ['n1', 'n2'])).toEqual(['full-sync', 'full-sync'])
})

test('a replica that comes when there is data is synced whole, and so is one that is made anew', () => {
  const cluster = pair()
  for (const node of ['n1', 'n2']) {
    cluster.must('resource.create', { definition: 'web', node, pool: 'thin' })
  }
  cluster.deploy('web', 'n1')
  // n2 was there from the beginning: what was written before it is noted on n1.
  expect(starts(cluster, ['n1', 'n2'])).toEqual(['full-sync', 'skip-sync'])
  cluster.deploy('web', 'n2')
  cluster.must('resource.create', { definition: 'web', node: 'n3', pool: 'thin' })
  expect(starts(cluster, ['n1', 'n2', 'n3'])).toEqual(['full-sync', 'full-sync', 'full-sync'])
})

test('without DRBD there is nobody to sync from: what has been in use must be there', () => {
  const cluster = pair()
  cluster.must('resource-definition.create', { definition: 'plain', layers: ['STORAGE'] })
  cluster.must('volume-definition.create', { definition: 'plain', sizeKib: gib })
  cluster.must('resource.create', { definition: 'plain', node: 'n1', pool: 'thin' })
  const mustBeThere = () =>
    compileResource(cluster.state, 'plain', 'n1')?.volumes[0]?.mustBeThere ?? false
  expect(mustBeThere()).toBe(false)
  cluster.deploy('plain', 'n1')
  expect(mustBeThere()).toBe(true)
})

test('a forced initial sync holds for thin storage too', () => {
  const cluster = pair()
  cluster.must('resource-definition.modify', {
    definition: 'web',
    setProps: { 'DrbdOptions/ForceInitialSync': 'true' },
  })
  cluster.must('resource.create', { definition: 'web', node: 'n1', pool: 'thin' })
  cluster.must('resource.create', { definition: 'web', node: 'n2', pool: 'thin' })
  expect(starts(cluster, ['n1', 'n2'])).toEqual(['source', 'full-sync'])
})

test('a document names peers by uname, address of the preferred interface, port and node-id', () => {
  const cluster = pair()
  cluster.must('net-interface.create', { node: 'n2', name: 'data', address: '10.9.0.2' })
  cluster.must('node.modify', { node: 'n2', setProps: { PrefNic: 'data' } })
  cluster.must('resource.create', { definition: 'web', node: 'n1', pool: 'thin' })
  cluster.must('resource.create', { definition: 'web', node: 'n2', pool: 'thin' })
  const document = compileResource(cluster.state, 'web', 'n1')
  if (document?.state !== 'present') throw new Error('web is present on n1')
  expect(document.drbd?.self).toMatchObject({ node: 'n1', address: '10.0.0.1', nodeId: 0 })
  expect(document.drbd?.peers).toMatchObject([
    { node: 'n2', uname: 'n2', address: '10.9.0.2', port: 7000, nodeId: 1, kind: 'diskful' },
    { node: 'n3', kind: 'tie-breaker' },
  ])
  expect(document.drbd?.options).toMatchObject({ quorum: 'majority', 'on-no-quorum': 'io-error' })
  expect(document.volumes[0]?.storage).toMatchObject({
    backing: 'vg/thin',
    name: 'web_00000',
    // 1 GiB + 264 KiB of metadata for 7 peers, in extents of 4 MiB.
    sizeKib: gib + 4096,
  })
})

test('a resource on its way out becomes a tombstone that lists exactly what may be removed', () => {
  const cluster = pair()
  cluster.must('resource.create', { definition: 'web', node: 'n1', pool: 'thin' })
  cluster.must('resource-definition.delete', { definition: 'web' })
  expect(compileResource(cluster.state, 'web', 'n1')).toMatchObject({
    state: 'absent',
    node: 'n1',
    volumes: [{ number: 0, storage: { name: 'web_00000', provider: 'LVM_THIN' } }],
  })
  cluster.confirmGone('web', 'n1')
  expect(compileResource(cluster.state, 'web', 'n1')).toBeUndefined()
})

test('a node is told which pools to watch', () => {
  const cluster = pair()
  expect(compileNode(cluster.state, 'n1')?.pools).toMatchObject([
    { pool: 'DfltDisklessStorPool', provider: 'DISKLESS' },
    { pool: 'thin', provider: 'LVM_THIN', backing: 'vg/thin' },
  ])
})
