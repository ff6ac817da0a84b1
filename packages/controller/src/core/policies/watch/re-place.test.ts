import { brokenInvariants } from '@varve/events'
import { gib, TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'

/** Four nodes; web has good replicas on two of them, and a tie-breaker. */
function given(...names: string[]): TestCluster {
  const cluster = new TestCluster()
  for (const node of ['n1', 'n2', 'n3', 'n4']) cluster.node(node)
  for (const definition of names) {
    const args = { group: 'DfltRscGrp', definition, sizesKib: [gib] }
    cluster.must('resource-group.spawn', args)
    for (const node of diskfulOf(cluster, definition)) cluster.deploy(definition, node)
  }
  cluster.runPolicies()
  return cluster
}

const diskfulOf = (cluster: TestCluster, definition: string) =>
  cluster.state.resources
    .by('definition', definition)
    .filter(({ kind }) => kind === 'diskful')
    .map(({ node }) => node)

function lose(cluster: TestCluster, node: string): void {
  cluster.must('fact.node-offline', { node })
  cluster.must('node.lost', { node })
}

test('a replica that went with its node is made anew, and the entry says why and by whom', () => {
  const cluster = given('web')
  const [gone = ''] = diskfulOf(cluster, 'web')
  lose(cluster, gone)
  const events = typesOf(cluster.runPolicies())
  expect(events).toContain('resource.created')
  expect(events).toContain('redundancy.rebuilding')
  expect(diskfulOf(cluster, 'web')).toHaveLength(2)
  const entry = cluster.entries.findLast(({ command }) => command.type === 'replica.re-place')
  expect(entry?.actor).toEqual({ kind: 'policy', name: 're-place', via: 'policy' })
  expect(cluster.entries.find(({ id }) => id === entry?.cause)?.command.type).toBe('node.lost')

  for (const node of diskfulOf(cluster, 'web')) cluster.deploy('web', node)
  expect(typesOf(cluster.runPolicies())).toEqual(['redundancy.restored'])
  expect(cluster.state.definitions.get('web')?.missing).toBeUndefined()
  expect(cluster.runPolicies(600)).toEqual([])
  expect(brokenInvariants(cluster.state)).toEqual([])
})

test('a replica that somebody deleted on purpose is not missed', () => {
  const cluster = given('web')
  const [first = ''] = diskfulOf(cluster, 'web')
  cluster.must('resource.delete', { definition: 'web', node: first })
  cluster.confirmGone('web', first)
  expect(typesOf(cluster.runPolicies(600))).not.toContain('resource.created')
  expect(diskfulOf(cluster, 'web')).toHaveLength(1)
})

test('nothing empty takes the place of what was lost: there has to be a good copy to take it from', () => {
  const cluster = given('web')
  const [first = '', second = ''] = diskfulOf(cluster, 'web')
  cluster.must('fact.resource-observed', {
    definition: 'web',
    node: second,
    from: cluster.sequence,
    absent: false,
    volumes: [{ number: 0, disk: 'Inconsistent', backingKib: 64 * gib }],
  })
  lose(cluster, first)
  expect(typesOf(cluster.runPolicies())).toEqual(['proposal.made'])
  const [proposal] = cluster.state.proposals.values()
  expect(proposal?.held).toBe('no good copy of it is online')
  expect(cluster.runPolicies(600)).toEqual([])

  // It comes back to itself: the disk is good again.
  cluster.deploy('web', second)
  expect(typesOf(cluster.runPolicies())).toContain('resource.created')
  expect([...cluster.state.proposals.values()][0]?.closed?.outcome).toMatch(/it acts/)
})

test('in shadow it says what it would do, once, and what came of it', () => {
  const cluster = given('web')
  cluster.must('policy.set', { policy: 're-place', mode: 'shadow' })
  lose(cluster, diskfulOf(cluster, 'web')[0] ?? '')
  expect(typesOf(cluster.runPolicies())).toEqual(['proposal.made'])
  expect(cluster.runPolicies(5)).toEqual([])
  const [proposal] = cluster.state.proposals.values()
  expect(proposal?.wish).toBe('place a replica of web instead of what was lost')
  expect(diskfulOf(cluster, 'web')).toHaveLength(1)

  // Somebody does it by hand.
  cluster.must('resource.auto-place', { definition: 'web', filter: { placeCount: 2 } })
  expect(typesOf(cluster.runPolicies())).toEqual(['proposal.closed'])
})

test('switched on again it acts at once, and off it does not even say so', () => {
  const cluster = given('web')
  cluster.must('policy.set', { policy: 're-place', mode: 'off', group: 'DfltRscGrp' })
  lose(cluster, diskfulOf(cluster, 'web')[0] ?? '')
  expect(cluster.runPolicies(60)).toEqual([])
  cluster.must('policy.set', { policy: 're-place', mode: 'inherit', group: 'DfltRscGrp' })
  expect(typesOf(cluster.runPolicies())).toContain('resource.created')
})

test('a few are rebuilt at a time, the others wait until these are done', () => {
  const names = Array.from({ length: 40 }, (_, index) => `web${index}`)
  const cluster = given(...names)
  lose(cluster, 'n1')
  const rebuilding = () => cluster.state.definitions.countBy('missing', 'rebuilding')
  const waiting = () => cluster.state.definitions.countBy('missing', 'waiting')
  const lost = waiting()
  expect(lost).toBeGreaterThan(16)
  cluster.runPolicies()
  expect(rebuilding()).toBe(16)
  for (let round = 0; rebuilding() > 0; round += 1) {
    expect(rebuilding()).toBeLessThanOrEqual(16)
    expect(round).toBeLessThan(lost)
    for (const name of cluster.state.definitions.keysBy('missing', 'rebuilding')) {
      for (const node of diskfulOf(cluster, name)) cluster.deploy(name, node)
    }
    cluster.runPolicies()
  }
  expect(waiting()).toBe(0)
  for (const name of names) expect(diskfulOf(cluster, name)).toHaveLength(2)
})

test('when many nodes are away at once it is the network: nobody is rebuilt', () => {
  const cluster = given('web')
  lose(cluster, diskfulOf(cluster, 'web')[0] ?? '')
  const left = [...cluster.state.nodes.keys()].filter(
    (node) => !diskfulOf(cluster, 'web').includes(node),
  )
  for (const node of left) cluster.must('fact.node-offline', { node })
  cluster.runPolicies()
  expect([...cluster.state.proposals.values()][0]?.held).toMatch(/looks like the network/)
})

test('a leader that begins in the middle goes on where the old one stopped', () => {
  const cluster = given('web')
  cluster.must('policy.set', { policy: 're-place', mode: 'off' })
  lose(cluster, diskfulOf(cluster, 'web')[0] ?? '')
  cluster.runPolicies()
  cluster.must('policy.set', { policy: 're-place', mode: 'on' })
  cluster.changeLeader()
  expect(typesOf(cluster.runPolicies())).toContain('redundancy.rebuilding')
})
