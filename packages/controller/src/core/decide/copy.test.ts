import type { ObservedSnapshot, Provider } from '@varve/events'
import { gib, TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'
import { compileResource } from '../desired/compile.ts'

const definition = 'web'

/** `web` on n1 and n2, with snapshots that are ready, n3 to break ties, and n4 without a replica. */
function cluster(...snapshots: string[]): TestCluster {
  const made = new TestCluster()
  for (const node of ['n1', 'n2', 'n3', 'n4']) {
    made.node(node)
    made.must('fact.node-online', {
      node,
      boot: `boot-${node}`,
      uname: node,
      capabilities: made.state.nodes.get(node)?.capabilities ?? { layers: {}, providers: {} },
      publicKey: `key of ${node}`,
    })
  }
  made.must('resource-definition.create', { definition })
  made.must('volume-definition.create', { definition, sizeKib: gib })
  for (const node of ['n1', 'n2']) made.must('resource.create', { definition, node, pool: 'thin' })
  for (const node of ['n1', 'n2', 'n3']) made.deploy(definition, node)
  for (const snapshot of snapshots) {
    made.must('snapshot.create', { definition, snapshot })
    for (const state of ['suspended', 'taken', 'kept'] as const) {
      for (const node of ['n1', 'n2', 'n3']) tell(made, node, snapshot, { state })
    }
  }
  return made
}

function tell(
  made: TestCluster,
  node: string,
  snapshot: string,
  seen: Partial<ObservedSnapshot> & Pick<ObservedSnapshot, 'state'>,
) {
  const row = made.state.snapshots.get(`${definition}/${snapshot}`)
  const owner = row?.origin.entry ?? ''
  return made.must('fact.resource-observed', {
    definition,
    node,
    from: 0,
    absent: false,
    volumes: [],
    snapshots: [{ snapshot, owner, ...seen }],
  })
}

const copyOf = (made: TestCluster, snapshot: string, node = 'n4') =>
  made.state.snapshots.get(`${definition}/${snapshot}`)?.nodes.find((row) => row.node === node)

function operationOf(made: TestCluster, snapshot: string, node = 'n4'): string {
  const copy = copyOf(made, snapshot, node)?.copy
  return copy?.status === 'receiving' ? copy.operation : ''
}

/** All the way. */
function copied(made: TestCluster, snapshot: string, to = 'n4', from = 'n1'): void {
  made.must('snapshot.copy', { definition, snapshot, to, from })
  const operation = operationOf(made, snapshot, to)
  tell(made, to, snapshot, { state: 'kept', operation })
}

function desired(made: TestCluster, node: string, snapshot: string) {
  const document = compileResource(made.state, definition, node)
  if (document?.state !== 'present') return undefined
  return document.snapshots?.find((row) => row.snapshot === snapshot)
}

test('the receiver is told first; the sender only when it knows where to connect to', () => {
  const made = cluster('s1')
  made.must('snapshot.copy', { definition, snapshot: 's1', to: 'n4' })
  expect(desired(made, 'n4', 's1')).toMatchObject({
    step: 'receive',
    receive: { from: 'n1', publicKey: 'key of n1', ports: [{ min: 12_000, max: 12_999 }] },
    volumes: [{ source: 'web_00000', isCopy: true }],
  })
  expect(desired(made, 'n1', 's1')?.sends).toBeUndefined()
  const operation = operationOf(made, 's1')
  expect(typesOf(tell(made, 'n4', 's1', { state: 'receiving', operation, port: 12_003 }))).toEqual([
    'snapshot.copy-listening',
  ])
  expect(desired(made, 'n1', 's1')?.sends).toMatchObject([
    { to: 'n4', port: 12_003, publicKey: 'key of n4' },
  ])
  expect(tell(made, 'n4', 's1', { state: 'receiving', operation, port: 12_003 })).toEqual([])
  expect(typesOf(tell(made, 'n4', 's1', { state: 'kept', operation }))).toEqual([
    'snapshot.copied',
    'operation.finished',
  ])
  expect(desired(made, 'n4', 's1')?.step).toBe('keep')
  expect(desired(made, 'n1', 's1')?.sends).toBeUndefined()
})

test('what a node says of another attempt changes nothing', () => {
  const made = cluster('s1')
  made.must('snapshot.copy', { definition, snapshot: 's1', to: 'n4' })
  expect(tell(made, 'n4', 's1', { state: 'kept', operation: 'another' })).toEqual([])
  expect(tell(made, 'n4', 's1', { state: 'failed', operation: 'another' })).toEqual([])
  expect(tell(made, 'n4', 's1', { state: 'removed' })).toEqual([])
})

test('one that fails is removed, says why, and can be asked for again', () => {
  const made = cluster('s1')
  made.must('snapshot.copy', { definition, snapshot: 's1', to: 'n4' })
  const operation = operationOf(made, 's1')
  const problem = 'the pool is full'
  expect(typesOf(tell(made, 'n4', 's1', { state: 'failed', operation, problem }))).toEqual([
    'snapshot.copy-failed',
    'operation.finished',
  ])
  expect(desired(made, 'n4', 's1')?.step).toBe('remove')
  made.refusal('snapshot.copy', { definition, snapshot: 's1', to: 'n4' })
  expect(typesOf(tell(made, 'n4', 's1', { state: 'removed' }))).toEqual(['snapshot.copy-removed'])
  expect(compileResource(made.state, definition, 'n4')).toBeUndefined()
  expect(copyOf(made, 's1')).toMatchObject({ volumes: [], copy: { status: 'failed', problem } })
  made.must('snapshot.copy', { definition, snapshot: 's1', to: 'n4' })
  expect(desired(made, 'n4', 's1')?.step).toBe('receive')
})

test('an older snapshot of the same content is the base, and no other', () => {
  const made = cluster('s1', 's2', 's3')
  copied(made, 's1')
  made.must('snapshot.copy', { definition, snapshot: 's3', to: 'n4', from: 'n1' })
  expect(copyOf(made, 's3')?.copy).toMatchObject({ base: 's1', content: 'n1' })
  expect(desired(made, 'n4', 's3')?.receive?.base).toMatchObject({ snapshot: 's1' })
  // What n2 has of the same moment are not the same bytes.
  made.must('snapshot.copy', { definition, snapshot: 's2', to: 'n4', from: 'n2' })
  expect(copyOf(made, 's2')?.copy).toMatchObject({ content: 'n2', base: undefined })
  const refusal = made.refusal('snapshot.copy', {
    definition,
    snapshot: 's2',
    to: 'n1',
    base: 's1',
  })
  expect(refusal.code).toBe('exists')
})

test('a base that does not fit is refused with the reason, and everything is sent if asked for', () => {
  const made = cluster('s1', 's2')
  const args = { definition, snapshot: 's2', to: 'n4' }
  expect(made.refusal('snapshot.copy', { ...args, base: 's1' }).text).toMatch(
    /node n4 does not have it/,
  )
  expect(made.refusal('snapshot.copy', { ...args, base: 's2' }).text).toMatch(/it is not older/)
  copied(made, 's1')
  made.must('snapshot.copy', { ...args, full: true })
  expect(copyOf(made, 's2')?.copy).toMatchObject({ base: undefined })
})

test('a base, and what is being sent, stay until the copy has ended', () => {
  const made = cluster('s1', 's2')
  copied(made, 's1')
  made.must('snapshot.copy', { definition, snapshot: 's2', to: 'n4' })
  for (const snapshot of ['s1', 's2']) {
    expect(made.refusal('snapshot.delete', { definition, snapshot }).code).toBe('operation-runs')
  }
  made.must('snapshot.abort-copy', { definition, snapshot: 's2', to: 'n4' })
  made.must('snapshot.delete', { definition, snapshot: 's1' })
  expect(desired(made, 'n4', 's1')?.step).toBe('remove')
  for (const node of ['n1', 'n2', 'n3']) tell(made, node, 's1', { state: 'removed' })
  expect(made.state.snapshots.has('web/s1')).toBe(true)
  expect(typesOf(tell(made, 'n4', 's1', { state: 'removed' }))).toEqual([
    'snapshot.copy-removed',
    'snapshot.deleted',
    'operation.finished',
  ])
})

test('a sender or a receiver that is lost ends the copy', () => {
  const made = cluster('s1', 's2')
  made.must('snapshot.copy', { definition, snapshot: 's1', to: 'n4' })
  made.must('fact.node-offline', { node: 'n1' })
  const events = made.must('node.lost', { node: 'n1' })
  expect(typesOf(events)).toContain('snapshot.copy-failed')
  expect(copying(made)).toEqual([])
  made.must('snapshot.copy', { definition, snapshot: 's2', to: 'n4' })
  made.must('fact.node-offline', { node: 'n4' })
  made.must('node.lost', { node: 'n4' })
  expect(copyOf(made, 's2')).toBeUndefined()
  expect(copying(made)).toEqual([])
})

test('a node with a copy is not deleted, and ZFS does not go to LVM', () => {
  const made = cluster('s1')
  copied(made, 's1')
  expect(made.refusal('node.delete', { node: 'n4' }).text).toMatch(/a copy of the snapshot web\/s1/)
  const other = cluster('s1')
  pool(other, 'n4', 'ZFS')
  const refusal = other.refusal('snapshot.copy', {
    definition,
    snapshot: 's1',
    to: 'n4',
    pool: 'other',
  })
  expect(refusal.code).toBe('not-supported')
})

test('only where the original is gone a copy is restored by itself, and never both', () => {
  const made = cluster('s1')
  copied(made, 's1')
  made.must('snapshot.restore', { definition, snapshot: 's1', to: 'old' })
  const restored = made.state.resources.by('definition', 'old')
  const diskful = restored.filter(({ kind }) => kind === 'diskful').map(({ node }) => node)
  expect(diskful).toEqual(['n1', 'n2'])
  const nodes = ['n1', 'n4']
  const refusal = made.refusal('snapshot.restore', {
    definition,
    snapshot: 's1',
    to: 'both',
    nodes,
  })
  expect(refusal.text).toMatch(/the same peer/)
  made.must('snapshot.restore', { definition, snapshot: 's1', to: 'far', nodes: ['n4'] })
})

test('a copy stays when the tie-breaker beside it is not needed any more', () => {
  const made = cluster('s1')
  copied(made, 's1', 'n3')
  made.must('resource.create', { definition, node: 'n4', pool: 'thin' })
  expect(made.state.resources.get('web/n3')?.phase.status).toBe('deleting')
  made.confirmGone(definition, 'n3')
  expect(copyOf(made, 's1', 'n3')?.copy).toMatchObject({ status: 'there' })
  expect(desired(made, 'n3', 's1')?.step).toBe('keep')
})

test('a replica beside a copy is not rolled back to it: it has the bytes of another one', () => {
  const made = cluster('s1')
  copied(made, 's1')
  made.must('resource.create', { definition, node: 'n4', pool: 'thin' })
  for (const node of ['n1', 'n2', 'n4']) made.deploy(definition, node)
  made.confirmGone(definition, 'n3')
  const refusal = made.refusal('snapshot.rollback', { definition, snapshot: 's1' })
  expect(refusal.text).toMatch(/the replica on node n4 has no part in it/)
})

const copying = (made: TestCluster) =>
  [...made.state.operations.values()].filter(({ kind }) => kind === 'copy-snapshot')

function pool(made: TestCluster, node: string, provider: Provider): void {
  made.must('storage-pool.create', { node, pool: 'other', provider, backing: 'tank' })
}
