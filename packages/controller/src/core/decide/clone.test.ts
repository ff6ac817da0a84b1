import type { Provider } from '@varve/events'
import { gib, TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'

const clone = { definition: 'web', to: 'copy' }

function pair(provider: Provider = 'LVM_THIN'): TestCluster {
  const cluster = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) {
    cluster.node(node)
    if (provider === 'LVM_THIN') continue
    cluster.must('storage-pool.create', { node, pool: 'tank', provider, backing: 'tank' })
    const space = { totalKib: 100 * gib, freeKib: 100 * gib }
    cluster.pools.set(`${node}/tank`, { pool: 'tank', provider, ...space, at: 0 })
  }
  cluster.must('resource-group.spawn', {
    group: 'DfltRscGrp',
    definition: 'web',
    sizesKib: [gib],
    filter: { placeCount: 2, pools: [provider === 'LVM_THIN' ? 'thin' : 'tank'] },
  })
  deployAll(cluster, 'web')
  return cluster
}

function deployAll(cluster: TestCluster, definition: string) {
  return cluster.state.resources
    .by('definition', definition)
    .flatMap(({ node }) => cluster.deploy(definition, node))
}

function report(cluster: TestCluster, state: 'suspended' | 'taken' | 'kept' | 'removed') {
  const row = cluster.state.snapshots.get('web/clone_copy')
  const seen = { snapshot: 'clone_copy', owner: row?.origin.entry ?? '', state }
  return (row?.nodes ?? []).flatMap(({ node }) =>
    cluster.deploy('web', node, { snapshots: [seen] }),
  )
}

function taken(cluster: TestCluster) {
  cluster.must('resource-definition.clone', clone)
  report(cluster, 'suspended')
  report(cluster, 'taken')
  return report(cluster, 'kept')
}

test('the copy appears when the snapshot is whole, and the snapshot goes when the copy is there', () => {
  const cluster = pair()
  expect(typesOf(taken(cluster))).toContain('resource-definition.created')
  expect(cluster.state.resources.by('definition', 'copy').map(({ node }) => node)).toEqual([
    'n1',
    'n2',
    'n3',
  ])
  expect(typesOf(cluster.deploy('copy', 'n1'))).not.toContain('snapshot.deletion-started')
  expect(typesOf(cluster.deploy('copy', 'n2'))).toContain('snapshot.deletion-started')
  report(cluster, 'removed')
  expect(cluster.state.snapshots.size).toBe(0)
  expect(cluster.state.operations.size).toBe(0)
})

test('zvols share their blocks with the snapshot, so it goes with the copy', () => {
  const cluster = pair('ZFS_THIN')
  taken(cluster)
  deployAll(cluster, 'copy')
  expect(cluster.state.snapshots.get('web/clone_copy')?.phase).toBe('ready')
  expect(cluster.refusal('resource-definition.delete', { definition: 'web' }).text).toContain(
    'clone_copy',
  )
  cluster.must('resource-definition.delete', { definition: 'copy' })
  for (const node of ['n1', 'n2', 'n3']) cluster.confirmGone('copy', node)
  report(cluster, 'removed')
  expect(cluster.state.snapshots.size).toBe(0)
})

test('a copy that cannot be placed is not half there, and says why', () => {
  const cluster = pair()
  cluster.must('resource-definition.clone', clone)
  cluster.must('resource-definition.create', { definition: 'copy' })
  report(cluster, 'suspended')
  report(cluster, 'taken')
  report(cluster, 'kept')
  expect(cluster.state.snapshots.get('web/clone_copy')?.problem).toContain('copy')
  expect(cluster.state.resources.by('definition', 'copy')).toEqual([])
  expect(cluster.state.operations.size).toBe(0)
})

test('an attempt that failed and left nothing is in nobody\u2019s way', () => {
  const cluster = pair()
  cluster.must('resource-definition.clone', clone)
  cluster.must('snapshot.expire', { definition: 'web', snapshot: 'clone_copy' })
  expect(cluster.refusal('resource-definition.clone', clone).code).toBe('exists')
  report(cluster, 'removed')
  expect(typesOf(taken(cluster))).toContain('resource-definition.created')
})
