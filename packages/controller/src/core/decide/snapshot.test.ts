import type { ObservedSnapshot } from '@varve/events'
import { gib, TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'
import { compileResource } from '../desired/compile.ts'

/** `web` with two good replicas on n1 and n2, and a tie-breaker on n3. */
function good(): TestCluster {
  const cluster = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) cluster.node(node)
  cluster.must('resource-group.spawn', {
    group: 'DfltRscGrp',
    definition: 'web',
    sizesKib: [gib],
    filter: { placeCount: 2 },
  })
  for (const node of ['n1', 'n2', 'n3']) cluster.deploy('web', node)
  return cluster
}

const web = { definition: 'web', snapshot: 'monday' }

function step(cluster: TestCluster, node: string, definition = 'web') {
  const document = compileResource(cluster.state, definition, node)
  return document?.state === 'present' ? document.snapshots?.[0]?.step : undefined
}

/** All nodes say the same of the snapshot. */
function report(
  cluster: TestCluster,
  state: ObservedSnapshot['state'],
  nodes = ['n1', 'n2', 'n3'],
) {
  const owner = cluster.state.snapshots.get('web/monday')?.origin.entry ?? ''
  return nodes.flatMap((node) =>
    cluster.must('fact.resource-observed', {
      definition: 'web',
      node,
      from: 0,
      absent: false,
      volumes: [],
      snapshots: [{ snapshot: 'monday', owner, state }],
    }),
  )
}

function ready(): TestCluster {
  const cluster = good()
  cluster.must('snapshot.create', web)
  report(cluster, 'suspended')
  report(cluster, 'taken')
  report(cluster, 'kept')
  return cluster
}

test('all nodes hold their input and output before one takes it, and go on after all have', () => {
  const cluster = good()
  cluster.must('snapshot.create', web)
  expect(['n1', 'n2', 'n3'].map((node) => step(cluster, node))).toEqual(Array(3).fill('suspend'))
  expect(typesOf(report(cluster, 'suspended', ['n1', 'n2']))).not.toContain('snapshot.taking')
  expect(typesOf(report(cluster, 'suspended', ['n3']))).toContain('snapshot.taking')
  expect(step(cluster, 'n1')).toBe('take')
  expect(typesOf(report(cluster, 'taken'))).toContain('snapshot.resuming')
  expect(step(cluster, 'n3')).toBe('keep')
  const last = typesOf(report(cluster, 'kept'))
  expect(last).toContain('snapshot.completed')
  expect(last).toContain('operation.finished')
  expect(step(cluster, 'n1')).toBe('keep')
  expect(step(cluster, 'n3')).toBeUndefined()
})

test('what is told twice, too late or of another snapshot of that name changes nothing', () => {
  const cluster = good()
  cluster.must('snapshot.create', web)
  report(cluster, 'suspended', ['n1'])
  expect(report(cluster, 'suspended', ['n1'])).toEqual([])
  expect(report(cluster, 'taken', ['n2'])).toEqual([])
  const stale = { snapshot: 'monday', owner: 'another', state: 'suspended' as const }
  const told = { definition: 'web', node: 'n2', from: 0, absent: false, volumes: [] }
  expect(cluster.must('fact.resource-observed', { ...told, snapshots: [stale] })).toEqual([])
})

test('a node that cannot, or one that says nothing, fails it; input and output go on', () => {
  const cluster = good()
  cluster.must('snapshot.create', web)
  const events = cluster.must('snapshot.expire', web)
  expect(typesOf(events)).toEqual(['snapshot.failed', 'operation.finished'])
  expect(cluster.state.snapshots.get('web/monday')?.problem).toContain('n1, n2, n3')
  expect(step(cluster, 'n1')).toBe('remove')
  report(cluster, 'removed')
  expect(step(cluster, 'n1')).toBeUndefined()
  cluster.must('snapshot.delete', web)
  expect(cluster.state.snapshots.size).toBe(0)
  cluster.must('snapshot.create', web)
  expect(typesOf(report(cluster, 'failed', ['n2']))).toContain('snapshot.failed')
})

test('a node that is declared lost is not waited for', () => {
  const cluster = good()
  cluster.must('snapshot.create', web)
  report(cluster, 'suspended', ['n1', 'n2'])
  cluster.must('fact.node-offline', { node: 'n3' })
  cluster.must('node.lost', { node: 'n3' })
  expect(step(cluster, 'n1')).toBe('take')
})

test('a snapshot whose every replica is lost is never called ready', () => {
  const cluster = good()
  cluster.must('snapshot.create', { ...web, nodes: ['n1'] })
  report(cluster, 'suspended')
  cluster.must('fact.node-offline', { node: 'n1' })
  cluster.must('node.lost', { node: 'n1' })
  for (const state of ['suspended', 'taken', 'kept'] as const) report(cluster, state, ['n2', 'n3'])
  const row = cluster.state.snapshots.get('web/monday')
  expect(row?.phase).toBe('failed')
  expect(row?.problem).toContain('lost')
})

test('deleting waits for every node, and what needs the snapshot is refused meanwhile', () => {
  const cluster = ready()
  for (const [type, args] of [
    ['resource-definition.delete', { definition: 'web' }],
    ['volume-definition.delete', { definition: 'web', number: 0 }],
    ['node.delete', { node: 'n1' }],
  ] as const) {
    expect(cluster.refusal(type, args as never).text).toContain('monday')
  }
  cluster.must('snapshot.delete', web)
  expect(step(cluster, 'n2')).toBe('remove')
  expect(typesOf(report(cluster, 'removed', ['n1', 'n3']))).not.toContain('snapshot.deleted')
  expect(typesOf(report(cluster, 'removed', ['n2']))).toContain('snapshot.deleted')
})

test('snapshots stay without their replicas and volumes, and are restored from what is left', () => {
  const cluster = ready()
  for (const node of ['n1', 'n2']) {
    cluster.must('resource.delete', { definition: 'web', node, acceptDataLoss: true })
    cluster.confirmGone('web', node)
  }
  cluster.confirmGone('web', 'n3')
  expect(cluster.state.resources.size).toBe(0)
  const entry = cluster.state.snapshots.get('web/monday')?.nodes[0]?.copy?.root.entry
  expect(compileResource(cluster.state, 'web', 'n1')).toMatchObject({
    state: 'present',
    volumes: [],
    snapshots: [{ step: 'keep', volumes: [{ source: 'web_00000', isCopy: true }] }],
  })
  // It only held its input and output.
  expect(compileResource(cluster.state, 'web', 'n3')).toBeUndefined()
  const { day0 } = cluster.state.volumeDefinitions.get('web/0') ?? {}
  cluster.must('volume-definition.delete', { definition: 'web', number: 0 })
  expect(cluster.refusal('resource-definition.delete', { definition: 'web' }).text).toMatch(
    /monday/,
  )
  cluster.must('snapshot.restore', { ...web, to: 'old' })
  expect(cluster.state.volumeDefinitions.get('old/0')).toMatchObject({ day0, sizeKib: gib })
  for (const node of ['n1', 'n2']) cluster.deploy('old', node)
  // What is put there anew is another replica, of which nothing was taken.
  cluster.must('volume-definition.create', { definition: 'web', sizeKib: gib })
  cluster.must('resource.create', { definition: 'web', node: 'n1', pool: 'thin' })
  cluster.deploy('web', 'n1')
  expect(cluster.state.resources.get('web/n1')?.origin.entry).not.toBe(entry)
  expect(cluster.refusal('snapshot.rollback', web).text).toContain('no part in it')
  cluster.must('snapshot.delete', web)
  report(cluster, 'removed', ['n1', 'n2'])
  expect(cluster.state.snapshots.size).toBe(0)
})

test('from some nodes alone: the others keep it, and the last one is not taken away so', () => {
  const cluster = ready()
  const n1 = { ...web, nodes: ['N1'] }
  expect(cluster.refusal('snapshot.delete', { ...web, nodes: ['n3'] }).code).toBe('not-found')
  const both = { ...web, nodes: ['n1', 'n2'] }
  expect(cluster.refusal('snapshot.delete', both).text).toContain('no other node')
  cluster.must('snapshot.delete', n1)
  expect(cluster.must('snapshot.delete', n1)).toEqual([])
  expect([step(cluster, 'n1'), step(cluster, 'n2')]).toEqual(['remove', 'keep'])
  expect(cluster.refusal('snapshot.rollback', web).text).toContain('n1 has no part in it')
  expect(typesOf(report(cluster, 'removed', ['n1']))).toEqual([
    'snapshot.part-deleted',
    'operation.finished',
  ])
  expect(step(cluster, 'n1')).toBeUndefined()
  expect(cluster.refusal('snapshot.delete', { ...web, nodes: ['n2'] }).code).toBe('in-use')
  cluster.must('snapshot.delete', web)
  report(cluster, 'removed', ['n2', 'n3'])
  expect(cluster.state.snapshots.size).toBe(0)
})

test('a node that is taken back is rid of snapshots that others have as well', () => {
  const cluster = ready()
  cluster.must('fact.node-offline', { node: 'n1' })
  cluster.must('node.evict', { node: 'n1' })
  cluster.must('node.restore', { node: 'n1', deleteSnapshots: true })
  expect([step(cluster, 'n1'), step(cluster, 'n2')]).toEqual(['remove', 'keep'])
})

test('who is on the way out and still connected may write, so nothing is taken meanwhile', () => {
  const cluster = good()
  cluster.must('resource.delete', { definition: 'web', node: 'n2' })
  cluster.open('web', 'n1', 'Secondary')
  const seen = cluster.resources.get('web/n1')
  if (!seen) throw new Error('n1 tells of it')
  const connected = { peer: 'n2', state: 'Connected' as const, volumes: [] }
  cluster.resources.set('web/n1', { ...seen, connections: [connected as never] })
  const n1 = { ...web, nodes: ['n1'] }
  expect(cluster.refusal('snapshot.create', n1).code).toBe('operation-runs')
  cluster.resources.set('web/n1', seen)
  cluster.must('snapshot.create', n1)
})

test('a replica does not go while it is taken a snapshot of, nor unseen with one', () => {
  const cluster = good()
  cluster.must('snapshot.create', web)
  const n1 = { definition: 'web', node: 'n1' }
  expect(cluster.refusal('resource.delete', n1).code).toBe('operation-runs')
  for (const state of ['suspended', 'taken', 'kept'] as const) report(cluster, state)
  cluster.must('fact.node-offline', { node: 'n1' })
  expect(cluster.refusal('resource.delete', { ...n1, waiveCleanup: true }).text).toMatch(/monday/)
})

test('on ZFS a volume whose snapshots stay gets the name of what is left of it', () => {
  const cluster = new TestCluster()
  cluster.node('n1')
  cluster.must('storage-pool.create', { node: 'n1', pool: 'zfs', provider: 'ZFS', backing: 'tank' })
  cluster.pool('n1', 'zfs', 100 * gib)
  cluster.must('resource-definition.create', { definition: 'web', layers: ['STORAGE'] })
  cluster.must('volume-definition.create', { definition: 'web', sizeKib: gib })
  cluster.must('resource.create', { definition: 'web', node: 'n1', pool: 'zfs' })
  cluster.deploy('web', 'n1')
  cluster.must('snapshot.create', web)
  for (const state of ['taken', 'kept'] as const) report(cluster, state, ['n1'])
  const { entry } = cluster.state.resources.get('web/n1')?.origin ?? {}
  const owner = cluster.state.volumes.get('web/n1/0')?.origin.entry
  cluster.must('resource.delete', { definition: 'web', node: 'n1', acceptDataLoss: true })
  const leaving = compileResource(cluster.state, 'web', 'n1')
  const source = `web_00000_${entry}`
  expect(leaving).toMatchObject({ state: 'absent', volumes: [{ storage: { keepAs: source } }] })
  cluster.confirmGone('web', 'n1')
  expect(compileResource(cluster.state, 'web', 'n1')).toMatchObject({
    snapshots: [{ volumes: [{ source, sourceOwner: owner, movedFrom: 'web_00000' }] }],
  })
})

test('a restore is a definition of its own with the content, node-ids and day 0 of the source', () => {
  const cluster = ready()
  cluster.must('snapshot.restore', { ...web, to: 'old' })
  const document = compileResource(cluster.state, 'old', 'n2')
  if (document?.state !== 'present') throw new Error('not restored')
  const [volume] = document.volumes
  expect(volume?.storage).toMatchObject({
    name: 'old_00000',
    from: {
      snapshot: 'monday',
      source: 'web_00000',
      owner: cluster.state.snapshots.get('web/monday')?.origin.entry,
    },
  })
  expect(volume?.drbd?.start).toEqual({ kind: 'restored' })
  expect(document.drbd?.self.nodeId).toBe(cluster.state.resources.get('web/n2')?.nodeId)
  const source = cluster.state.volumeDefinitions.get('web/0')
  const restored = cluster.state.volumeDefinitions.get('old/0')
  expect(restored).toMatchObject({ day0: source?.day0, initialized: true })
  expect(restored?.minor).not.toBe(source?.minor)
})

test('a replica added to a restored definition gets all of its data', () => {
  const cluster = ready()
  cluster.must('snapshot.restore', { ...web, to: 'old', nodes: ['n1'] })
  cluster.must('resource.create', { definition: 'old', node: 'n3', pool: 'thin' })
  const added = compileResource(cluster.state, 'old', 'n3')
  expect(added?.volumes[0]?.drbd?.start).toEqual({ kind: 'full-sync' })
})

test('a snapshot stays until what is made from it is there', () => {
  const cluster = ready()
  cluster.must('snapshot.restore', { ...web, to: 'old' })
  expect(cluster.refusal('snapshot.delete', web).text).toContain('old/0 on node n1')
  // The device alone may still be a copy that nobody has attached.
  const copied = { number: 0, backingKib: 64 * gib }
  for (const node of ['n1', 'n2']) cluster.deploy('old', node, { from: 0, volumes: [copied] })
  expect(cluster.refusal('snapshot.delete', web).text).toContain('old/0 on node n1')
  for (const node of ['n1', 'n2']) cluster.deploy('old', node)
  cluster.must('snapshot.delete', web)
})

test('refusals name what is in the way', () => {
  const cluster = good()
  expect(cluster.refusal('snapshot.create', { ...web, nodes: ['n3'] }).text).toContain('n3')
  cluster.must('snapshot.create', web)
  expect(cluster.refusal('snapshot.create', web).code).toBe('exists')
  expect(cluster.refusal('snapshot.create', { ...web, snapshot: 'second' }).code).toBe(
    'operation-runs',
  )
  expect(cluster.refusal('snapshot.delete', web).code).toBe('operation-runs')
  expect(cluster.refusal('snapshot.restore', { ...web, to: 'old' }).text).toContain('suspending')
  const other = good()
  other.must('fact.node-offline', { node: 'n2' })
  expect(other.refusal('snapshot.create', web)).toMatchObject({ code: 'node-offline' })
  // Nobody is connected to n2 any more, so the others alone are a consistent cut.
  other.must('snapshot.create', { ...web, nodes: ['n1'] })
})

test('without DRBD nothing is held: it is taken at once', () => {
  const cluster = new TestCluster()
  cluster.node('n1')
  cluster.must('resource-definition.create', { definition: 'web', layers: ['STORAGE'] })
  cluster.must('volume-definition.create', { definition: 'web', sizeKib: gib })
  cluster.must('resource.create', { definition: 'web', node: 'n1', pool: 'thin' })
  cluster.deploy('web', 'n1')
  cluster.must('snapshot.create', web)
  expect(step(cluster, 'n1')).toBe('take')
})

test('what has no volume left has nothing to take, and is never held', () => {
  const cluster = good()
  cluster.must('volume-definition.delete', { definition: 'web', number: 0 })
  for (const node of ['n1', 'n2', 'n3']) cluster.deploy('web', node, { volumes: [] })
  expect(cluster.refusal('snapshot.create', web)).toEqual({
    code: 'not-found',
    text: 'There is no volume of web.',
  })
})
