import { gib, TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'
import { compileResource } from '../desired/compile.ts'

const nodes = ['n1', 'n2', 'n3'] as const
const web = { definition: 'web', snapshot: 'monday' }

/** `web` with good replicas on n1 and n2, a tie-breaker on n3, and the snapshot `monday`. */
function snapped(): TestCluster {
  const cluster = new TestCluster()
  for (const node of nodes) cluster.node(node)
  cluster.must('resource-group.spawn', {
    group: 'DfltRscGrp',
    definition: 'web',
    sizesKib: [gib],
    filter: { placeCount: 2 },
  })
  deploy(cluster)
  take(cluster, 'monday')
  return cluster
}

function take(cluster: TestCluster, snapshot: string): void {
  cluster.must('snapshot.create', { definition: 'web', snapshot })
  report(cluster, snapshot)
}

/** All nodes do what it asks of them. */
function report(cluster: TestCluster, snapshot: string): void {
  for (const state of ['suspended', 'taken', 'kept'] as const) {
    const owner = cluster.state.snapshots.get(`web/${snapshot}`)?.origin.entry ?? ''
    for (const node of nodes) {
      cluster.deploy('web', node, { snapshots: [{ snapshot, owner, state }] })
    }
  }
}

/** Every node has done all that it was told. */
const deploy = (cluster: TestCluster, only: readonly string[] = nodes) =>
  only.flatMap((node) => cluster.deploy('web', node))

function step(cluster: TestCluster, node = 'n1') {
  const document = compileResource(cluster.state, 'web', node)
  return document?.state === 'present' ? document.rollback?.step : undefined
}

const sizeOf = (cluster: TestCluster) => cluster.state.volumeDefinitions.get('web/0')?.sizeKib

test('down everywhere before one is rolled back, rolled back everywhere before one comes up', () => {
  const cluster = snapped()
  cluster.must('snapshot.rollback', web)
  expect(nodes.map((node) => step(cluster, node))).toEqual(['stop', 'stop', 'stop'])
  expect(typesOf(deploy(cluster, ['n1', 'n3']))).not.toContain('rollback.committed')
  expect(step(cluster)).toBe('stop')
  expect(typesOf(deploy(cluster, ['n2']))).toContain('rollback.committed')
  expect(nodes.map((node) => step(cluster, node))).toEqual(Array(3).fill('roll-back'))
  expect(typesOf(deploy(cluster, ['n2', 'n3']))).not.toContain('rollback.starting')
  expect(step(cluster)).toBe('roll-back')
  expect(typesOf(deploy(cluster, ['n1']))).toContain('rollback.starting')
  expect(step(cluster)).toBeUndefined()
  const last = typesOf(deploy(cluster))
  expect(last).toContain('rollback.finished')
  expect(last).toContain('operation.finished')
  expect(cluster.state.definitions.get('web')?.rollback).toBeUndefined()
  // Once more, to the same one.
  cluster.must('snapshot.rollback', web)
})

test('what a node had applied before the phase began counts for nothing', () => {
  const cluster = snapped()
  const from = cluster.sequence
  cluster.must('snapshot.rollback', web)
  for (const node of nodes) cluster.deploy('web', node, { from })
  expect(cluster.state.definitions.get('web')?.rollback).toMatchObject({ reached: [] })
})

test('it is not over before every disk is good again', () => {
  const cluster = snapped()
  cluster.must('snapshot.rollback', web)
  deploy(cluster)
  deploy(cluster)
  const volumes = [{ number: 0, disk: 'Inconsistent' as const }]
  for (const node of nodes) cluster.deploy('web', node, { volumes })
  expect(cluster.state.definitions.get('web')?.rollback?.phase).toBe('starting')
  expect(typesOf(deploy(cluster))).toContain('rollback.finished')
})

test('a node that cannot go down, or says nothing, ends it before anything has changed', () => {
  const cluster = snapped()
  cluster.must('volume-definition.resize', { definition: 'web', number: 0, sizeKib: 2 * gib })
  deploy(cluster)
  deploy(cluster)
  const { operation } =
    cluster.state.operations.size === 0 ? { operation: start(cluster) } : never()
  const told = { rollback: { operation, problem: 'web is Primary on this node' } }
  expect(typesOf(cluster.deploy('web', 'n2', { from: 0, ...told }))).toContain('rollback.failed')
  expect(step(cluster)).toBeUndefined()
  expect(sizeOf(cluster)).toBe(2 * gib)
  const row = () => cluster.state.definitions.get('web')
  expect(row()?.rollbackProblem).toMatchObject({ snapshot: 'monday' })
  expect(row()?.rollbackProblem?.problem).toContain('node n2: web is Primary')
  // Word of the one before has no say in the next.
  start(cluster)
  expect(row()?.rollbackProblem).toBeUndefined()
  cluster.deploy('web', 'n2', { from: 0, ...told })
  expect(row()?.rollback?.phase).toBe('stopping')
  deploy(cluster, ['n1'])
  cluster.must('rollback.expire', { definition: 'web' })
  expect(row()?.rollbackProblem?.problem).toContain('n2, n3')
})

test('once it is committed nobody gives it up: it waits for the node that is away', () => {
  const cluster = snapped()
  const operation = start(cluster)
  deploy(cluster)
  cluster.must('fact.node-offline', { node: 'n2' })
  deploy(cluster, ['n1', 'n3'])
  expect(cluster.must('rollback.expire', { definition: 'web' })).toEqual([])
  const told = { rollback: { operation, problem: 'the disk is gone' } }
  cluster.deploy('web', 'n2', { from: 0, ...told })
  expect(step(cluster)).toBe('roll-back')
  // Only when it is lost for good is it no longer waited for.
  cluster.must('node.lost', { node: 'n2' })
  expect(cluster.state.definitions.get('web')?.rollback?.phase).toBe('starting')
})

test('what has grown since gets its old size back, in pools and volumes alike', () => {
  const cluster = snapped()
  const promised = () => cluster.state.poolUsage.get('n1/thin')?.reservedKib
  const before = promised()
  cluster.must('volume-definition.resize', { definition: 'web', number: 0, sizeKib: 3 * gib })
  deploy(cluster)
  deploy(cluster)
  start(cluster)
  expect(sizeOf(cluster)).toBe(3 * gib)
  deploy(cluster)
  expect(sizeOf(cluster)).toBe(gib)
  expect(promised()).toBe(before)
})

test('nothing else is begun with it meanwhile', () => {
  const cluster = snapped()
  const operation = start(cluster)
  expect(cluster.must('snapshot.rollback', web)).toEqual([])
  for (const [type, args] of [
    ['snapshot.create', { ...web, snapshot: 'tuesday' }],
    ['snapshot.delete', web],
    ['resource-definition.clone', { definition: 'web', to: 'copy' }],
    ['volume-definition.create', { definition: 'web', sizeKib: gib }],
    ['volume-definition.resize', { definition: 'web', number: 0, sizeKib: 9 * gib }],
    ['resource.create', { definition: 'web', node: 'n3', pool: 'thin' }],
  ] as const) {
    const refusal = cluster.refusal(type, args as never)
    expect([type, refusal.code]).toEqual([type, 'operation-runs'])
    expect(refusal.text).toContain(operation)
  }
})

test('refused, with the name of what is in the way', () => {
  const cluster = snapped()
  cluster.open('web', 'n1')
  expect(cluster.refusal('snapshot.rollback', web).text).toContain('Primary on node n1')
  cluster.open('web', 'n1', 'Secondary')
  cluster.must('fact.node-offline', { node: 'n3' })
  expect(cluster.refusal('snapshot.rollback', web).text).toContain('n3')
  const added = snapped()
  added.node('n4')
  added.must('resource.create', { definition: 'web', node: 'n4', pool: 'thin' })
  added.confirmGone('web', 'n3')
  expect(added.refusal('snapshot.rollback', web).text).toContain('replica on node n4')
  const larger = snapped()
  larger.must('volume-definition.create', { definition: 'web', sizeKib: gib })
  expect(larger.refusal('snapshot.rollback', web).text).toContain('volume 1')
  const failed = snapped()
  failed.must('snapshot.create', { ...web, snapshot: 'tuesday' })
  failed.must('snapshot.expire', { ...web, snapshot: 'tuesday' })
  expect(failed.refusal('snapshot.rollback', { ...web, snapshot: 'tuesday' }).code).toBe('in-use')
  expect(failed.refusal('snapshot.rollback', { ...web, snapshot: 'none' }).code).toBe('not-found')
})

test('thin volumes go back past later snapshots; ZFS would destroy those, so it is refused', () => {
  const cluster = snapped()
  take(cluster, 'tuesday')
  start(cluster)
  const zfs = snapped()
  zfs.must('storage-pool.create', { node: 'n1', pool: 'tank', provider: 'ZFS', backing: 'tank' })
  const row = zfs.state.pools.get('n1/thin')
  if (!row) throw new Error('there is a pool')
  zfs.state.pools.set('n1/thin', { ...row, provider: 'ZFS_THIN' })
  take(zfs, 'tuesday')
  const { text } = zfs.refusal('snapshot.rollback', web)
  expect(text).toContain('would destroy the later snapshots tuesday')
  zfs.must('snapshot.rollback', { ...web, snapshot: 'tuesday' })
})

test('a safety snapshot comes first, and the rollback begins when it is whole', () => {
  const cluster = snapped()
  cluster.must('snapshot.rollback', { ...web, safetySnapshot: 'spare' })
  expect(step(cluster)).toBeUndefined()
  expect(cluster.refusal('snapshot.rollback', web).code).toBe('operation-runs')
  report(cluster, 'spare')
  expect(step(cluster)).toBe('stop')
  for (const _ of ['down', 'back', 'up']) deploy(cluster)
  expect(cluster.state.definitions.get('web')?.rollback).toBeUndefined()
  expect([...cluster.state.snapshots.keys()]).toEqual(['web/monday', 'web/spare'])
})

test('it does not begin without its safety snapshot, nor in use, and that is told', () => {
  const failed = snapped()
  failed.must('snapshot.rollback', { ...web, safetySnapshot: 'spare' })
  failed.must('snapshot.expire', { definition: 'web', snapshot: 'spare' })
  expect(failed.state.definitions.get('web')?.rollback).toBeUndefined()
  const used = snapped()
  used.must('snapshot.rollback', { ...web, safetySnapshot: 'spare' })
  used.open('web', 'n1')
  report(used, 'spare')
  expect(used.state.definitions.get('web')?.rollback).toBeUndefined()
  expect(used.state.definitions.get('web')?.rollbackProblem?.problem).toContain(
    'Primary on node n1',
  )
  // Later on it is a snapshot as any other.
  used.open('web', 'n1', 'Secondary')
  expect(typesOf(deploy(used))).not.toContain('rollback.started')
})

test('without DRBD only LVM can tell whether a volume is open', () => {
  const cluster = new TestCluster()
  cluster.node('n1')
  cluster.must('resource-definition.create', { definition: 'web', layers: ['STORAGE'] })
  cluster.must('volume-definition.create', { definition: 'web', sizeKib: gib })
  cluster.must('resource.create', { definition: 'web', node: 'n1', pool: 'thin' })
  cluster.deploy('web', 'n1')
  cluster.must('snapshot.create', web)
  const owner = cluster.state.snapshots.get('web/monday')?.origin.entry ?? ''
  for (const state of ['taken', 'kept'] as const) {
    cluster.deploy('web', 'n1', { snapshots: [{ snapshot: 'monday', owner, state }] })
  }
  const row = cluster.state.pools.get('n1/thin')
  if (!row) throw new Error('there is a pool')
  cluster.state.pools.set('n1/thin', { ...row, provider: 'FILE_THIN' })
  expect(cluster.refusal('snapshot.rollback', web).text).toContain('FILE_THIN without DRBD')
  cluster.state.pools.set('n1/thin', row)
  start(cluster)
  for (const _ of ['down', 'back', 'up']) cluster.deploy('web', 'n1')
  expect(cluster.state.definitions.get('web')?.rollback).toBeUndefined()
})

/** Its operation. */
function start(cluster: TestCluster): string {
  cluster.must('snapshot.rollback', web)
  return cluster.state.definitions.get('web')?.rollback?.operation ?? ''
}

function never(): never {
  throw new Error('an operation is left')
}
