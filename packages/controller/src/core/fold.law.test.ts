import {
  brokenInvariants,
  type Command,
  type Slice,
  type State,
  StateReader,
  stateLines,
  stateSlices,
} from '@varve/events'
import { fourNodes, type Step, steps, type TestCluster } from '@varve/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plan } from './plan.ts'

function play(played: readonly Step[]): TestCluster {
  const cluster = fourNodes()
  for (const each of played) each(cluster)
  return cluster
}

const textOf = (state: State) => [...stateLines(state)].join('')

test('every invariant holds after every step, whatever is asked in whatever order', () => {
  fc.assert(
    fc.property(steps, (played) => {
      const cluster = fourNodes()
      for (const each of played) {
        each(cluster)
        expect(brokenInvariants(cluster.state)).toEqual([])
      }
    }),
    { numRuns: 150 },
  )
})

test('the log folded again gives the same bytes of state, and so does a checkpoint', () => {
  fc.assert(
    fc.property(steps, (played) => {
      const cluster = play(played)
      const { state } = cluster
      expect(textOf(cluster.refold())).toBe(textOf(state))
      const written = JSON.parse(JSON.stringify([...stateSlices(state)])) as Slice[]
      const reader = new StateReader()
      for (const slice of written) reader.take(slice)
      expect(textOf(reader.finish())).toBe(textOf(state))
    }),
    { numRuns: 100 },
  )
})

test('what is refused or only planned leaves the state as it was', () => {
  fc.assert(
    fc.property(steps, (played) => {
      const cluster = fourNodes()
      for (const each of played) {
        const [before, known] = [textOf(cluster.state), cluster.entries.length]
        each(cluster)
        if (cluster.entries.length === known) expect(textOf(cluster.state)).toBe(before)
      }
      const before = textOf(cluster.state)
      for (const command of planned) {
        plan(
          cluster.state,
          { id: 'planned', actor, command },
          { ...ports, observed: cluster.observed },
        )
        expect(textOf(cluster.state)).toBe(before)
      }
    }),
    { numRuns: 40 },
  )
})

const actor = { kind: 'user', name: 'alice', via: 'cli' } as const
const ports = {
  now: 2_000_000,
  sequence: 1_000,
  newId: () => 'policy',
  random64: () => '0123456789ABCDEF',
}
const planned: readonly Command[] = [
  { type: 'resource-definition.create', args: { definition: 'planned' } },
  { type: 'node.lost', args: { node: 'n1' } },
  {
    type: 'resource-group.spawn',
    args: { group: 'DfltRscGrp', definition: 'two', sizesKib: [4096], filter: { placeCount: 2 } },
  },
]

test('the steps reach what the law is about: deletions that finish, resizes, conversions', () => {
  const seen = new Set<string>()
  for (const played of fc.sample(steps, { numRuns: 400, seed: 1 })) {
    for (const { events } of play(played).entries) for (const { type } of events) seen.add(type)
  }
  for (const type of [
    'resource-definition.deleted',
    'resource-definition.put-into-trash',
    'resource-definition.taken-from-trash',
    'volume-definition.resized',
    'volume-definition.deleted',
    'resource.kind-changed',
    'resource.disk-added',
    'resource.replacement-started',
    'node.restored',
    'debt.recorded',
    'peer.forgotten',
    'node.lost',
    'snapshot.completed',
    'snapshot.failed',
    'snapshot.deleted',
  ]) {
    expect(seen).toContain(type)
  }
})
