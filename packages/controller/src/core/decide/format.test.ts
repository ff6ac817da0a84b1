import { gib, TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'
import { compileResource } from '../desired/compile.ts'

const ext4 = { 'FileSystem/Type': 'ext4', 'FileSystem/MkfsParams': '-m 0', 'FileSystem/User': '7' }

function share(): TestCluster {
  const cluster = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) cluster.node(node)
  cluster.must('resource-group.modify', { group: 'DfltRscGrp', setProps: ext4 })
  cluster.must('resource-group.spawn', {
    group: 'DfltRscGrp',
    definition: 'web',
    sizesKib: [gib],
    filter: { placeCount: 2 },
  })
  return cluster
}

const formatOn = (cluster: TestCluster, node: string) =>
  compileResource(cluster.state, 'web', node)?.volumes[0]?.format

test('one node makes the file system of a new volume, and nobody ever again', () => {
  const cluster = share()
  expect(formatOn(cluster, 'n1')).toEqual({ type: 'ext4', params: ['-m', '0'], user: '7' })
  expect(formatOn(cluster, 'n2')).toBeUndefined()
  const made = cluster.deploy('web', 'n1', {
    volumes: [{ number: 0, disk: 'UpToDate', backingKib: 64 * gib, formatted: true }],
  })
  expect(typesOf(made)).toContain('volume-definition.formatted')
  expect(formatOn(cluster, 'n1')).toBeUndefined()
  cluster.deploy('web', 'n2')
  cluster.must('resource.create', { definition: 'web', node: 'n3', pool: 'thin' })
  expect(['n1', 'n2', 'n3'].map((node) => formatOn(cluster, node))).toEqual(
    Array(3).fill(undefined),
  )
})

test('a property that comes when the volume is there makes nothing', () => {
  const cluster = new TestCluster()
  for (const node of ['n1', 'n2']) cluster.node(node)
  cluster.must('resource-definition.create', { definition: 'web' })
  cluster.must('volume-definition.create', { definition: 'web', sizeKib: gib })
  cluster.must('resource.create', { definition: 'web', node: 'n1', pool: 'thin' })
  cluster.deploy('web', 'n1')
  cluster.must('resource-definition.modify', { definition: 'web', setProps: ext4 })
  cluster.must('resource.create', { definition: 'web', node: 'n2', pool: 'thin' })
  expect(formatOn(cluster, 'n1')).toBeUndefined()
  expect(formatOn(cluster, 'n2')).toBeUndefined()
})

test('when its node is lost before it did, another one makes it', () => {
  const cluster = share()
  cluster.must('fact.node-offline', { node: 'n1' })
  cluster.must('node.lost', { node: 'n1' })
  expect(formatOn(cluster, 'n2')?.type).toBe('ext4')
})
