/** Plans: what they tell of data, and that what they tell is what comes about. */
import { attempt, type Command, type State } from '@varve/events'
import { fourNodes, gib, steps, TestCluster } from '@varve/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { accept, type Ports } from './accept.ts'
import { outcomeOf } from './outcome.ts'
import { type Plan, plan } from './plan.ts'

const actor = { kind: 'user', name: 'alice', via: 'cli' } as const
const definition = 'web'

function portsOf({ observed }: TestCluster, more: Partial<Ports> = {}): Ports {
  const random64 = () => '0123456789ABCDEF'
  return { now: 2_000_000, sequence: 1_000, newId: () => 'policy', random64, observed, ...more }
}

function planned(cluster: TestCluster, command: Command): Plan {
  const made = plan(cluster.state, { id: 'me', actor, command }, portsOf(cluster))
  if ('refused' in made) throw new Error(made.refused)
  return made
}

/** `web` on n1 and n2, whole; n3 is empty. */
function pair(): TestCluster {
  const cluster = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) cluster.node(node)
  cluster.must('resource-definition.create', { definition })
  cluster.must('volume-definition.create', { definition, sizeKib: gib })
  for (const node of ['n1', 'n2']) {
    cluster.must('resource.create', { definition, node, pool: 'thin' })
  }
  for (const node of ['n1', 'n2']) cluster.deploy(definition, node)
  return cluster
}

test('a third replica travels over the network, and counts as good when it has come', () => {
  const args = { definition, node: 'n3', kind: 'diskful', pool: 'thin' } as const
  const { transfers, redundancy } = planned(pair(), { type: 'resource.create', args })
  expect(transfers).toMatchObject([{ definition, node: 'n3' }])
  expect(transfers[0]?.atMostKib).toBeGreaterThanOrEqual(gib)
  expect(redundancy).toEqual([
    {
      definition,
      now: { good: 2, diskful: 2 },
      begun: { good: 2, diskful: 3 },
      done: { good: 3, diskful: 3 },
    },
  ])
})

test('a replica that goes is missed at once, and nothing travels', () => {
  const args = { definition, node: 'n2' }
  const { transfers, redundancy } = planned(pair(), { type: 'resource.delete', args })
  expect(transfers).toEqual([])
  expect(redundancy).toMatchObject([
    { now: { good: 2, diskful: 2 }, begun: { good: 1, diskful: 1 }, done: { good: 1 } },
  ])
})

test('the first replicas of thin volumes are equal, so nothing travels', () => {
  const args = {
    group: 'DfltRscGrp',
    definition: 'new',
    sizesKib: [gib],
    filter: { placeCount: 2 },
  }
  const made = planned(pair(), { type: 'resource-group.spawn', args })
  expect(made.transfers).toEqual([])
  expect(made.redundancy).toMatchObject([{ definition: 'new', now: { good: 0, diskful: 0 } }])
  expect(made.entries[0]).toMatchObject({ actor: 'alice', command: 'resource-group.spawn' })
})

test('what changes no replica says nothing about copies', () => {
  const args = { definition, setProps: { 'Aux/tier': 'gold' } }
  expect(planned(pair(), { type: 'resource-definition.modify', args }).redundancy).toEqual([])
})

const commands: readonly Command[] = [
  { type: 'resource-definition.create', args: { definition: 'planned' } },
  { type: 'node.lost', args: { node: 'n1' } },
  { type: 'node.evacuate', args: { node: 'n2' } },
  {
    type: 'resource-group.spawn',
    args: { group: 'DfltRscGrp', definition: 'two', sizesKib: [4096], filter: { placeCount: 2 } },
  },
]

test('what a plan tells is what is recorded, whenever it is carried out and whatever ids are new', () => {
  let told = 0
  fc.assert(
    fc.property(steps, (played) => {
      const cluster = fourNodes()
      for (const each of played) each(cluster)
      for (const command of commands) {
        const request = { id: 'me', actor, command }
        const made = plan(cluster.state, request, portsOf(cluster))
        const later = portsOf(cluster, {
          sequence: 2_000,
          newId: () => 'other',
          random64: () => 'FEDCBA9876543210',
        })
        const again = outcomeOf(cluster.state, { ...request, id: 'later' }, later)
        if ('refused' in made) {
          expect(again).toEqual(made)
          continue
        }
        told += 1
        expect(again).toBe(made.outcome)
        expect(eventsOf(cluster.state, request, portsOf(cluster))).toEqual(made.events)
      }
    }),
    { numRuns: 30 },
  )
  expect(told).toBeGreaterThan(30)
})

test('another decision has another outcome', () => {
  const cluster = pair()
  const command: Command = { type: 'resource-definition.create', args: { definition: 'new' } }
  const { outcome } = planned(cluster, command)
  cluster.must('resource-group.modify', { group: 'DfltRscGrp', peerSlots: 3 })
  expect(planned(cluster, command).outcome).not.toBe(outcome)
})

function eventsOf(state: State, request: Parameters<typeof accept>[1], ports: Ports) {
  const accepted = attempt(
    state,
    () => accept(state, request, ports),
    () => false,
  )
  return 'refused' in accepted ? accepted : accepted.entries.flatMap(({ events }) => events)
}
