import { gib, TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'
import { compileResource } from '../desired/compile.ts'

const names = ['db', 'web'] as const
const nodes = ['n1', 'n2'] as const
const snapshots = names.map((definition) => ({ definition, snapshot: 'monday' }))

function pairs(...more: { definition: string; layers: ('STORAGE' | 'DRBD')[] }[]): TestCluster {
  const cluster = new TestCluster()
  for (const node of nodes) cluster.node(node)
  const drbd = names.map((definition) => ({ definition, layers: undefined }))
  for (const { definition, layers } of [...drbd, ...more]) {
    cluster.must('resource-definition.create', { definition, ...(layers ? { layers } : {}) })
    cluster.must('volume-definition.create', { definition, sizeKib: gib })
    for (const node of layers ? ['n1'] : nodes) {
      cluster.must('resource.create', { definition, node, pool: 'thin' })
    }
    for (const node of layers ? ['n1'] : nodes) cluster.deploy(definition, node)
  }
  return cluster
}

type State = 'suspended' | 'taken' | 'kept' | 'failed'

function tell(cluster: TestCluster, definition: string, node: string, state: State) {
  const owner = cluster.state.snapshots.get(`${definition}/monday`)?.origin.entry ?? ''
  const problem = state === 'failed' ? { problem: 'the pool is full' } : {}
  return cluster.must('fact.resource-observed', {
    ...{ definition, node, from: 0, absent: false, volumes: [] },
    snapshots: [{ snapshot: 'monday', owner, state, ...problem }],
  })
}

const phases = (cluster: TestCluster) =>
  [...cluster.state.snapshots.values()].map(({ definition, phase }) => `${definition} ${phase}`)

test('all hold before one is taken, all are taken before one goes on, and all are ready at once', () => {
  const cluster = pairs()
  const begun = cluster.must('snapshot.create-multiple', { snapshots })
  expect(typesOf(begun).filter((type) => type === 'snapshot.created')).toHaveLength(2)
  for (const [state, next] of [
    ['suspended', 'taking'],
    ['taken', 'resuming'],
    ['kept', 'ready'],
  ] as const) {
    const before = phases(cluster)
    for (const node of nodes) tell(cluster, 'web', node, state)
    tell(cluster, 'db', 'n1', state)
    expect(phases(cluster)).toEqual(before)
    tell(cluster, 'db', 'n2', state)
    expect(phases(cluster)).toEqual([`db ${next}`, `web ${next}`])
  }
  expect(cluster.state.operations.size).toBe(0)
})

test('one that cannot be taken fails all of them, with its name and why', () => {
  const cluster = pairs()
  cluster.must('snapshot.create-multiple', { snapshots })
  for (const name of names) for (const node of nodes) tell(cluster, name, node, 'suspended')
  tell(cluster, 'db', 'n2', 'failed')
  expect(phases(cluster)).toEqual(['db failed', 'web failed'])
  expect(cluster.state.snapshots.get('web/monday')?.problem).toBe(
    'db, of the same moment, failed: node n2: the pool is full',
  )
  expect(cluster.state.operations.size).toBe(0)
  const document = compileResource(cluster.state, 'web', 'n1')
  expect(document).toMatchObject({ snapshots: [{ step: 'remove' }] })
})

test('nobody waits for ever: who gave no word fails all of them', () => {
  const cluster = pairs()
  cluster.must('snapshot.create-multiple', { snapshots })
  for (const node of nodes) tell(cluster, 'web', node, 'suspended')
  tell(cluster, 'db', 'n1', 'suspended')
  cluster.must('snapshot.expire', { definition: 'web', snapshot: 'monday' })
  expect(cluster.state.snapshots.get('web/monday')?.problem).toMatch(/from n2 while suspending$/)
  expect(phases(cluster)).toEqual(['db failed', 'web failed'])
})

test('what cannot be held waits for the others all the same', () => {
  const cluster = pairs({ definition: 'log', layers: ['STORAGE'] })
  const three = [...snapshots, { definition: 'log', snapshot: 'monday' }]
  cluster.must('snapshot.create-multiple', { snapshots: three })
  expect(phases(cluster)).toContain('log suspending')
})

test('all of them or none: what refuses one refuses the whole', () => {
  const cluster = pairs()
  const twice = [...snapshots, { definition: 'WEB', snapshot: 'again' }]
  expect(cluster.refusal('snapshot.create-multiple', { snapshots: twice }).text).toMatch(/twice/)
  cluster.must('fact.node-offline', { node: 'n2' })
  expect(cluster.refusal('snapshot.create-multiple', { snapshots }).code).toBe('node-offline')
  expect(cluster.state.snapshots.size).toBe(0)
})
