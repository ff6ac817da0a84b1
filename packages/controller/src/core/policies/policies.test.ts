/** Modes: what a policy that follows a change at once does in each of them. */
import { gib, TestCluster } from '@varve/testing'
import { expect, test } from 'vitest'

function given(): TestCluster {
  const cluster = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) cluster.node(node)
  return cluster
}

const spawn = (cluster: TestCluster) =>
  cluster.must('resource-group.spawn', {
    group: 'DfltRscGrp',
    definition: 'web',
    sizesKib: [gib],
  })
const kinds = (cluster: TestCluster) =>
  [...cluster.state.resources.values()].map(({ kind }) => kind).sort()
const open = (cluster: TestCluster) => cluster.state.proposals.by('open', 'yes')

test('off: no tie-breaker, and nobody speaks of it; on again: it is added', () => {
  const cluster = given()
  cluster.must('policy.set', { policy: 'tie-breaker', mode: 'off' })
  spawn(cluster)
  expect(kinds(cluster)).toEqual(['diskful', 'diskful'])
  expect(open(cluster)).toEqual([])
  cluster.must('policy.set', { policy: 'tie-breaker', mode: 'inherit' })
  expect(kinds(cluster)).toEqual(['diskful', 'diskful', 'tie-breaker'])
})

test('shadow: what it would do is in the log, and closed as soon as it is not so any more', () => {
  const cluster = given()
  cluster.must('policy.set', { policy: 'tie-breaker', mode: 'shadow', group: 'DfltRscGrp' })
  spawn(cluster)
  expect(kinds(cluster)).toEqual(['diskful', 'diskful'])
  expect(open(cluster).map(({ policy, wish }) => [policy, wish])).toEqual([
    ['tie-breaker', expect.stringMatching(/^add a tie-breaker for web on n\d$/)],
  ])
  const free = ['n1', 'n2', 'n3'].find((node) => !cluster.state.resources.has(`web/${node}`)) ?? ''
  cluster.must('resource.create', { definition: 'web', node: free, kind: 'diskless' })
  expect(open(cluster)).toEqual([])
})

test('a mode of a definition comes before that of its group, and that before the cluster', () => {
  const cluster = given()
  cluster.must('policy.set', { policy: 'tie-breaker', mode: 'off' })
  cluster.must('policy.set', { policy: 'tie-breaker', mode: 'on', group: 'DfltRscGrp' })
  spawn(cluster)
  expect(kinds(cluster)).toContain('tie-breaker')
})

test('a mode belongs to one place', () => {
  const cluster = given()
  const args = { policy: 'quorum', mode: 'off', group: 'DfltRscGrp', node: 'n1' } as const
  expect(cluster.refusal('policy.set', args).code).toBe('invalid-arguments')
  const ofNode = { policy: 'quorum', mode: 'off', node: 'n1' } as const
  expect(cluster.refusal('policy.set', ofNode).code).toBe('invalid-property')
})
