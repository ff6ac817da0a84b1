import { gib, TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'

/** web has good replicas on three nodes, the group asks for two; the policy is on. */
function given(): TestCluster {
  const cluster = new TestCluster()
  for (const node of ['n1', 'n2', 'n3', 'n4']) cluster.node(node)
  cluster.must('policy.set', { policy: 'balance', mode: 'on' })
  cluster.must('resource-definition.create', { definition: 'web' })
  cluster.must('volume-definition.create', { definition: 'web', sizeKib: gib })
  for (const node of ['n1', 'n2', 'n3']) add(cluster, node)
  return cluster
}

function add(cluster: TestCluster, node: string): void {
  cluster.must('resource.create', { definition: 'web', node, pool: 'thin' })
  cluster.deploy('web', node)
  cluster.open('web', node, 'Secondary')
}

const live = (cluster: TestCluster) =>
  cluster.state.resources
    .by('definition', 'web')
    .filter(({ kind, phase }) => kind === 'diskful' && phase.status === 'live')
    .map(({ node }) => node)

test('one that is too many goes, after it has been left alone for an hour', () => {
  const cluster = given()
  expect(cluster.runPolicies(59)).toEqual([])
  expect(typesOf(cluster.runPolicies(1))).toContain('resource.deletion-started')
  expect(live(cluster)).toHaveLength(2)
  const entry = cluster.entries.findLast(({ command }) => command.type === 'resource.delete')
  expect(entry?.actor).toMatchObject({ kind: 'policy', name: 'balance' })
})

test('who uses it keeps it', () => {
  const cluster = given()
  for (const node of ['n1', 'n2']) cluster.open('web', node)
  cluster.runPolicies(60)
  expect(live(cluster)).toEqual(['n1', 'n2'])
})

test('nothing goes while one of them is away or not good, and it says so', () => {
  const cluster = given()
  cluster.must('fact.node-offline', { node: 'n2' })
  expect(typesOf(cluster.runPolicies(60))).toEqual(['proposal.made'])
  const [proposal] = cluster.state.proposals.values()
  expect(proposal?.held).toBe('node n2 is away')
  expect(live(cluster)).toHaveLength(3)
})

test('without a word of the operator it only proposes: replicas by hand are somebody’s wish', () => {
  const cluster = given()
  cluster.must('policy.set', { policy: 'balance', mode: 'inherit' })
  expect(typesOf(cluster.runPolicies(60))).toEqual(['proposal.made'])
  expect(live(cluster)).toHaveLength(3)
})

test('too few are filled up again, where another policy does not see to that', () => {
  const cluster = given()
  for (const node of ['n1', 'n2']) {
    cluster.must('resource.delete', { definition: 'web', node })
    cluster.confirmGone('web', node)
  }
  expect(cluster.runPolicies(59)).toEqual([])
  expect(typesOf(cluster.runPolicies(1))).toContain('resource.created')
  expect(live(cluster)).toHaveLength(2)
  expect(cluster.runPolicies(600)).toEqual([])
})
