import { brokenInvariants } from '@varve/events'
import { gib, TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'
import { pendingEvacuations } from '../../operations/evacuation.ts'

/** Six nodes; each of twelve resources has good replicas on two of them. */
function given(): TestCluster {
  const cluster = new TestCluster()
  for (const node of names) cluster.node(node)
  for (let index = 0; index < 12; index += 1) {
    const definition = `web${index}`
    const nodes = [names[index % 6] ?? '', names[(index + 1) % 6] ?? '']
    cluster.must('resource-group.spawn', {
      group: 'DfltRscGrp',
      definition,
      sizesKib: [gib],
      filter: { placeCount: 2, nodes },
    })
  }
  deployAll(cluster)
  cluster.runPolicies()
  return cluster
}

const names = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6']

/** Every node that is online has done all it was told. */
function deployAll(cluster: TestCluster): void {
  for (const { definition, node, phase } of [...cluster.state.resources.values()]) {
    if (cluster.state.nodes.get(node)?.link.status !== 'online') continue
    if (phase.status === 'deleting') cluster.confirmGone(definition, node)
    else cluster.deploy(definition, node)
  }
}

/** As the leader does between two ticks. */
function planEvacuations(cluster: TestCluster): void {
  for (const command of pendingEvacuations(cluster.state, cluster.now, 30_000)) {
    cluster.trySend(command)
  }
}

/** Neither the controller nor a peer hears of it. */
function dies(cluster: TestCluster, node: string): void {
  cluster.must('fact.node-offline', { node })
  cluster.must('fact.node-sight', { node, isSeen: false })
}

function returns(cluster: TestCluster, node: string): void {
  const { uname = node, capabilities } = cluster.state.nodes.get(node) ?? {}
  if (!capabilities) throw new Error(`${node} has never been here`)
  cluster.must('fact.node-online', { node, boot: 'again', uname, capabilities })
}

const evicted = (cluster: TestCluster) =>
  [...cluster.state.nodes.values()].filter((row) => row.evicted).map(({ name }) => name)
const heldBecause = (cluster: TestCluster) =>
  cluster.state.proposals
    .by('open', 'yes')
    .filter(({ policy }) => policy === 'auto-evict')
    .map(({ about, held }) => `${about}: ${held}`)

const halfADay = 12 * 60

test('a node of which nobody has word for half a day is evicted, and all it had is made anew', () => {
  const cluster = given()
  dies(cluster, 'n1')
  expect(cluster.runPolicies(halfADay - 1)).toEqual([])
  expect(typesOf(cluster.runPolicies(1))).toContain('node.auto-evicted')
  const entry = cluster.entries.findLast(({ command }) => command.type === 'node.auto-evict')
  expect(entry?.actor).toEqual({ kind: 'policy', name: 'auto-evict', via: 'policy' })
  planEvacuations(cluster)
  deployAll(cluster)
  for (const name of cluster.state.definitions.keys()) {
    const good = cluster.state.resources
      .by('definition', name)
      .filter(
        ({ kind, node, phase }) => kind === 'diskful' && node !== 'n1' && phase.status === 'live',
      )
    expect(good, name).toHaveLength(2)
  }
  expect(brokenInvariants(cluster.state)).toEqual([])
})

test('a node that its peers still see is not: only its satellite is away', () => {
  const cluster = given()
  cluster.must('fact.node-offline', { node: 'n1' })
  expect(cluster.runPolicies(10 * halfADay)).toEqual([])
  // The time begins when they lose it as well, not when the satellite went.
  cluster.must('fact.node-sight', { node: 'n1', isSeen: false })
  expect(cluster.runPolicies(halfADay - 1)).toEqual([])
  cluster.must('fact.node-sight', { node: 'n1', isSeen: true })
  expect(cluster.runPolicies(10 * halfADay)).toEqual([])
})

test('a burst of evictions must not happen: many nodes away at once are the network', () => {
  const cluster = given()
  for (const node of ['n1', 'n2', 'n3']) dies(cluster, node)
  cluster.runPolicies(10 * halfADay)
  expect(evicted(cluster)).toEqual([])
  expect(heldBecause(cluster)).toHaveLength(3)
  for (const sentence of heldBecause(cluster)) expect(sentence).toMatch(/looks like the network/)
  // The network is back, and nothing has happened.
  for (const node of ['n1', 'n2', 'n3']) returns(cluster, node)
  cluster.runPolicies(1)
  expect(evicted(cluster)).toEqual([])
  expect(heldBecause(cluster)).toEqual([])
})

test('one at a time, and two a day: then it asks', () => {
  const cluster = given()
  cluster.must('controller.modify', {
    setProps: { 'DrbdOptions/AutoEvictMaxDisconnectedNodes': '100' },
  })
  for (const node of ['n1', 'n3', 'n5']) dies(cluster, node)
  cluster.runPolicies(halfADay)
  expect(evicted(cluster)).toEqual(['n1'])
  cluster.runPolicies(1)
  expect(heldBecause(cluster).join()).toMatch(/n3: node n1 is being emptied first/)
  for (let round = 0; round < 10; round += 1) {
    planEvacuations(cluster)
    deployAll(cluster)
    cluster.runPolicies(1)
  }
  expect(evicted(cluster).length).toBeLessThanOrEqual(2)
  for (const sentence of heldBecause(cluster)) {
    expect(sentence).toMatch(/emptied first|within a day|no good copy/)
  }
})

test('it stands down where nothing good would be left to make a replica from', () => {
  const cluster = given()
  cluster.must('fact.resource-observed', {
    definition: 'web0',
    node: 'n2',
    from: cluster.sequence,
    absent: false,
    volumes: [{ number: 0, disk: 'Inconsistent', backingKib: 64 * gib }],
  })
  dies(cluster, 'n1')
  cluster.runPolicies(halfADay)
  expect(evicted(cluster)).toEqual([])
  expect(heldBecause(cluster)).toEqual(['node/n1: no good copy of web0 is online elsewhere'])
  cluster.deploy('web0', 'n2')
  cluster.runPolicies(1)
  expect(evicted(cluster)).toEqual(['n1'])
})

test('a node that returns takes part again by itself', () => {
  const cluster = given()
  dies(cluster, 'n1')
  cluster.runPolicies(halfADay)
  expect(cluster.state.nodes.get('n1')?.evacuation).toBeDefined()
  returns(cluster, 'n1')
  expect(typesOf(cluster.runPolicies())).toContain('node.restored')
  expect(cluster.state.nodes.get('n1')?.evacuation).toBeUndefined()
})

test('not where it is forbidden, and in shadow it only says so', () => {
  const cluster = given()
  const forbidden = { 'DrbdOptions/AutoEvictAllowEviction': 'false' }
  cluster.must('node.modify', { node: 'n1', setProps: forbidden })
  cluster.must('policy.set', { policy: 'auto-evict', mode: 'shadow', node: 'n2' })
  for (const node of ['n1', 'n2']) dies(cluster, node)
  cluster.runPolicies(halfADay)
  expect(evicted(cluster)).toEqual([])
  const open = cluster.state.proposals.by('open', 'yes')
  expect(open.map(({ about }) => about)).toEqual(['node/n2'])
})
