import { TestCluster } from '@varve/testing'
import { expect, test } from 'vitest'
import { compileResource } from '../desired/compile.ts'

/** Three nodes, each with a second net interface `fast`, and `web` on all of them. */
function meshed(): TestCluster {
  const cluster = new TestCluster()
  for (const [index, node] of ['n1', 'n2', 'n3'].entries()) {
    cluster.node(node)
    const address = `10.9.0.${index + 1}`
    cluster.must('net-interface.create', { node, name: 'fast', address })
  }
  cluster.must('resource-group.spawn', {
    group: 'DfltRscGrp',
    definition: 'web',
    sizesKib: [1024 * 1024],
    filter: { placeCount: 3 },
  })
  return cluster
}

function peerOf(cluster: TestCluster, node: string, peer: string) {
  const document = compileResource(cluster.state, 'web', node)
  if (document?.state !== 'present') throw new Error(`web is not on ${node}`)
  return document.drbd?.peers.find((row) => row.node === peer)
}

const n1n2 = { nodeA: 'n1', nodeB: 'n2' }
const fast = { path: 'fast', interfaceA: 'fast', interfaceB: 'fast' }

test('a path between two nodes is in the documents of both, and in nobody else\u2019s', () => {
  const cluster = meshed()
  cluster.must('node-connection.create-path', { ...n1n2, ...fast })
  cluster.must('node-connection.create-path', {
    nodeA: 'N2',
    nodeB: 'n1',
    path: 'slow',
    interfaceA: 'default',
    interfaceB: 'default',
  })
  expect(peerOf(cluster, 'n1', 'n2')?.paths).toEqual([
    { self: '10.9.0.1', peer: '10.9.0.2' },
    { self: '10.0.0.1', peer: '10.0.0.2' },
  ])
  expect(peerOf(cluster, 'n2', 'n1')?.paths?.[0]).toEqual({ self: '10.9.0.2', peer: '10.9.0.1' })
  expect(peerOf(cluster, 'n1', 'n3')?.paths).toBeUndefined()
  expect(cluster.state.nodeConnections.size).toBe(1)

  cluster.must('node-connection.delete-path', { ...n1n2, path: 'fast' })
  cluster.must('node-connection.delete-path', { ...n1n2, path: 'slow' })
  expect(peerOf(cluster, 'n1', 'n2')?.paths).toBeUndefined()
  expect(cluster.state.nodeConnections.size).toBe(0)
})

test('what is said of one resource goes before what is said of its definition and its nodes', () => {
  const cluster = meshed()
  const net = (value: string) => ({ setProps: { 'DrbdOptions/Net/max-buffers': value } })
  cluster.must('controller.modify', net('1000'))
  expect(peerOf(cluster, 'n1', 'n2')?.net).toEqual({})
  cluster.must('node-connection.modify', { ...n1n2, ...net('2000') })
  expect(peerOf(cluster, 'n1', 'n2')?.net).toEqual({ 'max-buffers': '2000' })
  expect(peerOf(cluster, 'n2', 'n3')?.net).toEqual({})
  cluster.must('resource-definition.modify', { definition: 'web', ...net('3000') })
  expect(peerOf(cluster, 'n1', 'n2')?.net).toEqual({ 'max-buffers': '3000' })
  cluster.must('resource-connection.modify', { definition: 'web', ...n1n2, ...net('4000') })
  expect(peerOf(cluster, 'n2', 'n1')?.net).toEqual({ 'max-buffers': '4000' })
  const rate = { setProps: { 'DrbdOptions/PeerDevice/c-max-rate': '4096' } }
  cluster.must('resource-connection.modify', { definition: 'web', ...n1n2, ...rate })
  expect(peerOf(cluster, 'n1', 'n2')?.disk).toEqual({ 'c-max-rate': '4096' })
  expect(peerOf(cluster, 'n1', 'n3')?.disk).toEqual({})
})

test('a connection goes with its resource or its node', () => {
  const cluster = meshed()
  const buffers = { setProps: { 'DrbdOptions/Net/max-buffers': '4000' } }
  cluster.must('resource-connection.modify', { definition: 'web', ...n1n2, ...buffers })
  for (const node of ['n1', 'n2', 'n3']) cluster.deploy('web', node)
  cluster.must('resource.delete', { definition: 'web', node: 'n2' })
  cluster.confirmGone('web', 'n2')
  expect(cluster.state.resourceConnections.size).toBe(0)
  // Made only now, or the tie-breaker would go there.
  cluster.node('n4')
  cluster.must('node-connection.modify', { nodeA: 'n4', nodeB: 'n3', ...buffers })
  cluster.must('node.delete', { node: 'n4' })
  expect(cluster.state.nodeConnections.size).toBe(0)
})

test.each([
  ['one node twice', { nodeB: 'n1' }, 'invalid-arguments', 'both are node n1'],
  ['an unknown node', { nodeB: 'n9' }, 'not-found', 'n9'],
  ['an unknown interface', { interfaceB: 'swift' }, 'invalid-property', 'has default, fast'],
])('a path is refused with %s', (_, wrong, code, text) => {
  const refusal = meshed().refusal('node-connection.create-path', { ...n1n2, ...fast, ...wrong })
  expect(refusal.code).toBe(code)
  expect(refusal.text).toContain(text)
})

test('half a path, a third node and a path made twice are refused', () => {
  const cluster = meshed()
  const half = { setProps: { 'Paths/p1/n1': 'fast' } }
  expect(cluster.refusal('node-connection.modify', { ...n1n2, ...half }).text).toContain(
    'it names no net interface of node n2',
  )
  const third = {
    setProps: { 'Paths/p1/n1': 'fast', 'Paths/p1/n2': 'fast', 'Paths/p1/n3': 'fast' },
  }
  expect(cluster.refusal('node-connection.modify', { ...n1n2, ...third }).text).toContain(
    'n3 is not one of the two nodes',
  )
  cluster.must('node-connection.create-path', { ...n1n2, ...fast })
  expect(cluster.refusal('node-connection.create-path', { ...n1n2, ...fast }).code).toBe('exists')
  expect(cluster.refusal('node-connection.delete-path', { ...n1n2, path: 'p9' }).code).toBe(
    'not-found',
  )
})

test('a net interface that a path goes through stays', () => {
  const cluster = meshed()
  cluster.must('resource-connection.create-path', { definition: 'web', ...n1n2, ...fast })
  const refusal = cluster.refusal('net-interface.delete', { node: 'n2', name: 'fast' })
  expect(refusal).toMatchObject({ code: 'in-use' })
  expect(refusal.text).toContain('path fast between n1 and n2')
})
