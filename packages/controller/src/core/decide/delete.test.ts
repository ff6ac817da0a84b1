import { definitionOf, keyOf, nodeOf, resourcesOf } from '@varve/events'
import { gib, TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'

/** n1 and n2 hold web, deployed and UpToDate. */
function replicated(): TestCluster {
  const cluster = new TestCluster()
  for (const name of ['n1', 'n2']) cluster.node(name)
  cluster.must('resource-group.create', { group: 'fast', filter: { placeCount: 2 } })
  cluster.must('resource-group.spawn', { group: 'fast', definition: 'web', sizesKib: [gib] })
  cluster.deploy('web', 'n1')
  cluster.deploy('web', 'n2')
  return cluster
}

test('what is open is not deleted', () => {
  const cluster = replicated()
  cluster.open('web', 'n1')
  expect(cluster.refusal('resource-definition.delete', { definition: 'web' }).text).toBe(
    'Resource web is in use: it is Primary on node n1',
  )
  expect(cluster.refusal('resource.delete', { definition: 'web', node: 'n1' }).code).toBe('in-use')
  expect(cluster.refusal('node.delete', { node: 'n1' }).code).toBe('in-use')
})

test('what a peer sees open is not deleted, when its own node has been silent for longer', () => {
  const cluster = replicated()
  cluster.open('web', 'n2', 'Secondary')
  const seen = cluster.resources.get('web/n2')
  const link = { peer: 'n1', state: 'Connected', peerRole: 'Primary', volumes: [] }
  const n2Sees = (more: object, at: number) => {
    if (!seen) throw new Error('n2 has said nothing')
    cluster.resources.set('web/n2', { ...seen, at, connections: [{ ...link, ...more }] })
  }
  const refused = () => cluster.refusal('resource.delete', { definition: 'web', node: 'n1' }).text
  const inUse = 'Resource web is in use: it is Primary on node n1'
  n2Sees({}, cluster.now)
  expect(refused()).toBe(inUse)
  // Silence is noticed only after a while; its last word is older than what its peer sees.
  cluster.open('web', 'n1', 'Secondary')
  n2Sees({}, cluster.now + 1)
  expect(refused()).toBe(inUse)
  cluster.must('fact.node-offline', { node: 'n1' })
  n2Sees({}, 1)
  expect(refused()).toBe(inUse)
  n2Sees({ state: 'Connecting' }, cluster.now)
  cluster.must('resource.delete', { definition: 'web', node: 'n1' })
})

test('what is closed by its own, newer word is deleted, whatever a peer has seen before', () => {
  const cluster = replicated()
  cluster.open('web', 'n2', 'Secondary')
  const seen = cluster.resources.get('web/n2')
  const link = { peer: 'n1', state: 'Connected', peerRole: 'Primary', volumes: [] }
  if (seen) cluster.resources.set('web/n2', { ...seen, at: 1, connections: [link] })
  cluster.open('web', 'n1', 'Secondary')
  cluster.must('resource.delete', { definition: 'web', node: 'n1' })
})

test('the last good copy goes only with a recorded waiver', () => {
  const cluster = replicated()
  cluster.must('resource.delete', { definition: 'web', node: 'n1' })
  expect(cluster.refusal('resource.delete', { definition: 'web', node: 'n2' })).toMatchObject({
    code: 'last-good-copy',
    text: 'Node n2 holds the last UpToDate copy of web.',
  })
  expect(cluster.refusal('node.delete', { node: 'n2' }).code).toBe('last-good-copy')
  cluster.must('resource.delete', { definition: 'web', node: 'n2', acceptDataLoss: true })
  expect(cluster.entries.at(-1)?.command.args).toMatchObject({ acceptDataLoss: true })
})

test('a copy that is out of date does not count as good', () => {
  const cluster = replicated()
  cluster.deploy('web', 'n2', { volumes: [{ number: 0, disk: 'Outdated', backingKib: 64 * gib }] })
  expect(cluster.refusal('resource.delete', { definition: 'web', node: 'n1' }).code).toBe(
    'last-good-copy',
  )
})

test('a copy on a node that is away does not count as good: it may lack what was written since', () => {
  const cluster = replicated()
  cluster.must('fact.node-offline', { node: 'n1' })
  expect(cluster.refusal('resource.delete', { definition: 'web', node: 'n2' })).toMatchObject({
    code: 'last-good-copy',
    text: 'Node n2 holds the last UpToDate copy of web.',
  })
  // The one that is away may go.
  cluster.must('resource.delete', { definition: 'web', node: 'n1' })
})

test('a copy that this one has lost its connection to does not count as good either', () => {
  const cluster = replicated()
  const connected = (state: string) => {
    cluster.open('web', 'n2', 'Secondary')
    const seen = cluster.resources.get(keyOf('web', 'n2'))
    if (!seen) throw new Error('n2 has reported')
    const connections = [{ peer: 'n1', state, volumes: [] }]
    cluster.resources.set(keyOf('web', 'n2'), { ...seen, connections })
  }
  connected('Connecting')
  expect(cluster.refusal('resource.delete', { definition: 'web', node: 'n2' }).code).toBe(
    'last-good-copy',
  )
  connected('Connected')
  cluster.must('resource.delete', { definition: 'web', node: 'n2' })
})

test('deleting again while it runs names the running operation and changes nothing', () => {
  const cluster = replicated()
  cluster.must('resource-definition.delete', { definition: 'web' })
  const entries = cluster.entries.length
  expect(cluster.must('resource-definition.delete', { definition: 'web' })).toEqual([])
  expect(cluster.entries.length).toBe(entries)
})

test('a confirmation of an older document does not count', () => {
  const cluster = replicated()
  const stale = cluster.sequence
  cluster.must('resource.delete', { definition: 'web', node: 'n1' })
  expect(
    cluster.must('fact.resource-observed', {
      definition: 'web',
      node: 'n1',
      from: stale,
      absent: true,
      volumes: [],
    }),
  ).toEqual([])
  expect(resourcesOf(cluster.state, 'web')).toHaveLength(2)
})

test('a removed replica keeps its node-id until the peer has dropped its bitmap slot', () => {
  const cluster = replicated()
  cluster.must('resource.delete', { definition: 'web', node: 'n1' })
  cluster.confirmGone('web', 'n1')
  expect(definitionOf(cluster.state, 'web')?.retired).toMatchObject([
    { nodeId: 0, waiting: ['n2'] },
  ])
  cluster.must('resource.create', { definition: 'web', node: 'n1', pool: 'thin' })
  expect(resourcesOf(cluster.state, 'web')[0]).toMatchObject({ node: 'n1', nodeId: 2 })
  expect(typesOf(cluster.deploy('web', 'n2'))).toContain('peer.forgotten')
  expect(definitionOf(cluster.state, 'web')?.retired).toEqual([])
})

test('a node goes when nothing is left on it', () => {
  const cluster = replicated()
  cluster.must('node.delete', { node: 'n1' })
  expect(nodeOf(cluster.state, 'n1')?.phase.status).toBe('deleting')
  expect(typesOf(cluster.confirmGone('web', 'n1'))).toEqual([
    'resource.deleted',
    'node.deleted',
    'operation.finished',
  ])
  expect(nodeOf(cluster.state, 'n1')).toBeUndefined()
})

test('a lost node takes its resources along and finishes what only waited for it', () => {
  const cluster = replicated()
  expect(cluster.refusal('node.lost', { node: 'n1' }).code).toBe('node-online')
  cluster.must('resource-definition.delete', { definition: 'web' })
  cluster.confirmGone('web', 'n2')
  cluster.must('fact.node-offline', { node: 'n1' })
  expect(typesOf(cluster.must('node.lost', { node: 'n1' }))).toEqual([
    'resource.lost',
    'node.lost',
    'resource-definition.deleted',
    'operation.finished',
  ])
  expect(cluster.state.operations.size).toBe(0)
})

test('a growth that waited for a node ends with its volume', () => {
  const cluster = replicated()
  cluster.must('volume-definition.resize', { definition: 'web', number: 0, sizeKib: 2 * gib })
  cluster.must('volume-definition.delete', { definition: 'web', number: 0 })
  expect(cluster.state.operations.size).toBe(2)
  for (const node of ['n1', 'n2']) cluster.deploy('web', node, { volumes: [] })
  expect(cluster.state.operations.size).toBe(0)
})

test('a volume of what is being deleted goes with it, and is neither deleted nor grown by itself', () => {
  const cluster = replicated()
  cluster.must('resource-definition.delete', { definition: 'web' })
  const volume = { definition: 'web', number: 0 }
  expect(cluster.refusal('volume-definition.delete', volume).code).toBe('being-deleted')
  const grown = { ...volume, sizeKib: 2 * gib }
  expect(cluster.refusal('volume-definition.resize', grown).code).toBe('being-deleted')
})

test('a deleted volume definition is gone when every node no longer has the volume', () => {
  const cluster = replicated()
  cluster.must('volume-definition.create', { definition: 'web', sizeKib: gib })
  cluster.deploy('web', 'n1')
  cluster.deploy('web', 'n2')
  cluster.must('volume-definition.delete', { definition: 'web', number: 1 })
  const kept = { volumes: [{ number: 0, disk: 'UpToDate' as const, backingKib: 64 * gib }] }
  expect(typesOf(cluster.deploy('web', 'n1', kept))).toEqual(['volume.deleted'])
  expect(typesOf(cluster.deploy('web', 'n2', kept))).toEqual([
    'volume.deleted',
    'volume-definition.deleted',
    'operation.finished',
  ])
  expect(cluster.state.numbers.has('minors', 1001)).toBe(false)
})
