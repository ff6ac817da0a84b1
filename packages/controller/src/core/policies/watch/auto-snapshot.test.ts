import type { ObservedSnapshot } from '@varve/events'
import { gib, TestCluster } from '@varve/testing'
import { expect, test } from 'vitest'

const definition = 'web'

/** A pair whose snapshots are taken every hour, and of which two are kept. */
function given(): TestCluster {
  const cluster = new TestCluster()
  for (const node of ['n1', 'n2']) cluster.node(node)
  cluster.must('resource-definition.create', { definition })
  cluster.must('volume-definition.create', { definition, sizeKib: gib })
  for (const node of ['n1', 'n2']) {
    cluster.must('resource.create', { definition, node, pool: 'thin' })
    cluster.deploy(definition, node)
  }
  cluster.must('resource-definition.modify', {
    definition,
    setProps: { 'AutoSnapshot/RunEvery': '60', 'AutoSnapshot/Keep': '2' },
  })
  cluster.runPolicies()
  return cluster
}

const names = (cluster: TestCluster) => [...cluster.state.snapshots.values()].map((s) => s.name)

/** All nodes do what is asked of them, until nothing is. */
function settle(cluster: TestCluster): void {
  const wanted = { suspending: 'suspended', taking: 'taken', resuming: 'kept', deleting: 'removed' }
  for (const { name } of [...cluster.state.snapshots.values()]) {
    for (let round = 0; round < 4; round += 1) {
      const row = cluster.state.snapshots.get(`web/${name}`.toLowerCase())
      const state = wanted[row?.phase as keyof typeof wanted] as ObservedSnapshot['state']
      if (!row || state === undefined) break
      for (const { node } of row.nodes) {
        cluster.must('fact.resource-observed', {
          ...{ definition, node, from: 0, absent: false, volumes: [] },
          snapshots: [{ snapshot: name, owner: row.origin.entry, state }],
        })
      }
    }
  }
}

test('one in each interval, under names of their own, and the newest are kept', () => {
  const cluster = given()
  expect(cluster.runPolicies(59)).toEqual([])
  for (let hour = 0; hour < 4; hour += 1) {
    cluster.runPolicies(hour === 0 ? 1 : 60)
    settle(cluster)
    cluster.runPolicies(1)
    settle(cluster)
  }
  expect(names(cluster)).toEqual(['autoSnap00002', 'autoSnap00003'])
  expect(cluster.state.operations.size).toBe(0)
})

test('what somebody has taken by hand is not counted and stays; a name that is taken is left out', () => {
  const cluster = given()
  for (const snapshot of ['autoSnap00000', 'mine', 'older']) {
    cluster.must('snapshot.create', { definition, snapshot })
    settle(cluster)
  }
  for (let hour = 0; hour < 3; hour += 1) {
    cluster.runPolicies(62)
    settle(cluster)
  }
  cluster.runPolicies(1)
  settle(cluster)
  expect(names(cluster)).toEqual([
    'autoSnap00000',
    'autoSnap00002',
    'autoSnap00003',
    'mine',
    'older',
  ])
})

test('a replica that is away is left out; without a good one nothing is taken', () => {
  const cluster = given()
  cluster.must('fact.node-offline', { node: 'n2' })
  cluster.runPolicies(60)
  expect(
    [...cluster.state.snapshots.values()].map(({ nodes }) => nodes.map((n) => n.node)),
  ).toEqual([['n1']])
  settle(cluster)
  cluster.must('fact.node-offline', { node: 'n1' })
  expect(cluster.runPolicies(120)).toEqual([])
})

test('one that something is made from stays, and what has failed goes with the next', () => {
  const cluster = given()
  cluster.must('resource-definition.modify', {
    definition,
    setProps: { 'AutoSnapshot/Keep': '1' },
  })
  cluster.runPolicies(60)
  settle(cluster)
  cluster.must('snapshot.restore', { definition, snapshot: 'autoSnap00000', to: 'old' })
  cluster.runPolicies(60)
  cluster.must('snapshot.expire', { definition, snapshot: 'autoSnap00001' })
  settle(cluster)
  cluster.runPolicies(1)
  expect(names(cluster)).toEqual(['autoSnap00000', 'autoSnap00001'])
  cluster.runPolicies(60)
  settle(cluster)
  cluster.runPolicies(1)
  settle(cluster)
  expect(names(cluster)).toEqual(['autoSnap00000', 'autoSnap00002'])
})

test('in shadow it says what it would do, and off it does nothing', () => {
  const cluster = given()
  cluster.must('policy.set', { policy: 'auto-snapshot', mode: 'shadow' })
  cluster.runPolicies(60)
  expect([...cluster.state.proposals.values()].map(({ wish }) => wish)).toEqual([
    'take an automatic snapshot of web',
  ])
  cluster.must('policy.set', { policy: 'auto-snapshot', mode: 'off' })
  cluster.runPolicies(600)
  expect(names(cluster)).toEqual([])
})
