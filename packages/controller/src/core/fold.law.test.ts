import {
  brokenInvariants,
  restoreState,
  type SerialisedState,
  type State,
  serialiseState,
  stateLines,
} from '@varve/events'
import { gib, TestCluster } from '@varve/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const name = fc.constantFrom('web', 'db', 'log')
const node = fc.constantFrom('n1', 'n2', 'n3', 'n4')
const sizeKib = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: gib, max: 9 * gib }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 2 ** 31 }) },
)

type Step = (cluster: TestCluster) => void
const deliver = (cluster: TestCluster, type: Parameters<TestCluster['send']>[0], args: object) => {
  // Every refusal is fine here: the law is about what was accepted.
  cluster.send(type, args as never)
}

/** Anything that users, satellites and the leader do, in any order, sensible or not. */
const usual: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(name, sizeKib, fc.integer({ min: 1, max: 4 })).map(
    ([definition, size, placeCount]): Step =>
      (cluster) =>
        deliver(cluster, 'resource-group.spawn', {
          group: 'DfltRscGrp',
          definition,
          sizesKib: [size],
          filter: { placeCount },
        }),
  ),
  fc.tuple(name, node, fc.constantFrom('diskful', 'diskless', 'client')).map(
    ([definition, on, kind]): Step =>
      (cluster) =>
        deliver(cluster, 'resource.create', {
          definition,
          node: on,
          kind,
          ...(kind === 'diskful' ? { pool: 'thin' } : {}),
        }),
  ),
  fc.tuple(name, fc.integer({ min: 1, max: 4 })).map(
    ([definition, placeCount]): Step =>
      (cluster) =>
        deliver(cluster, 'resource.auto-place', { definition, filter: { placeCount } }),
  ),
  fc.tuple(name, node, fc.boolean()).map(
    ([definition, on, acceptDataLoss]): Step =>
      (cluster) =>
        deliver(cluster, 'resource.delete', { definition, node: on, acceptDataLoss }),
  ),
  name.map(
    (definition): Step =>
      (cluster) =>
        deliver(cluster, 'resource-definition.delete', { definition }),
  ),
  fc.tuple(name, sizeKib).map(
    ([definition, size]): Step =>
      (cluster) =>
        deliver(cluster, 'volume-definition.create', { definition, sizeKib: size }),
  ),
  fc.tuple(name, sizeKib, fc.integer({ min: 0, max: 1 })).map(
    ([definition, size, number]): Step =>
      (cluster) =>
        deliver(cluster, 'volume-definition.resize', { definition, number, sizeKib: size }),
  ),
  fc.tuple(name, fc.integer({ min: 0, max: 1 })).map(
    ([definition, number]): Step =>
      (cluster) =>
        deliver(cluster, 'volume-definition.delete', { definition, number }),
  ),
  fc.tuple(name, node).map(
    ([definition, on]): Step =>
      (cluster) => {
        cluster.deploy(definition, on)
      },
  ),
  fc.tuple(name, node).map(
    ([definition, on]): Step =>
      (cluster) => {
        cluster.confirmGone(definition, on)
      },
  ),
  // The satellites catch up: everything that is to go is gone, everything else is deployed.
  fc.constant((cluster: TestCluster) => {
    for (const { definition, node: on, phase } of [...cluster.state.resources.values()]) {
      if (phase.status === 'deleting') cluster.confirmGone(definition, on)
      else cluster.deploy(definition, on)
    }
  }),
)

const rare: fc.Arbitrary<Step> = fc.oneof(
  node.map(
    (on): Step =>
      (cluster) =>
        deliver(cluster, 'fact.node-offline', { node: on }),
  ),
  node.map(
    (on): Step =>
      (cluster) =>
        deliver(cluster, 'node.lost', { node: on }),
  ),
  node.map(
    (on): Step =>
      (cluster) =>
        deliver(cluster, 'node.delete', { node: on }),
  ),
)
const step = fc.oneof({ weight: 20, arbitrary: usual }, { weight: 1, arbitrary: rare })
const steps = fc.array(step, { minLength: 20, maxLength: 60 })

function play(played: readonly Step[]): TestCluster {
  const cluster = new TestCluster()
  for (const on of ['n1', 'n2', 'n3', 'n4']) cluster.node(on)
  for (const each of played) each(cluster)
  return cluster
}

const textOf = (state: State) => [...stateLines(state)].join('')

test('every invariant holds after every step, whatever is asked in whatever order', () => {
  fc.assert(
    fc.property(steps, (played) => {
      const cluster = new TestCluster()
      for (const on of ['n1', 'n2', 'n3', 'n4']) cluster.node(on)
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
      const written = JSON.parse(JSON.stringify(serialiseState(state))) as SerialisedState
      expect(textOf(restoreState(written))).toBe(textOf(state))
    }),
    { numRuns: 100 },
  )
})

test('the steps reach what the law is about: deletions that finish, resizes, conversions', () => {
  const seen = new Set<string>()
  for (const played of fc.sample(steps, { numRuns: 60, seed: 1 })) {
    for (const { events } of play(played).entries) for (const { type } of events) seen.add(type)
  }
  for (const type of [
    'resource-definition.deleted',
    'volume-definition.resized',
    'volume-definition.deleted',
    'resource.kind-changed',
    'peer.forgotten',
    'node.lost',
  ]) {
    expect(seen).toContain(type)
  }
})
