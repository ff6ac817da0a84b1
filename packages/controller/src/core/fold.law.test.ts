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
const sizeKib = fc.integer({ min: 0, max: 200 * gib })

type Step = (cluster: TestCluster) => void
const deliver = (cluster: TestCluster, type: Parameters<TestCluster['send']>[0], args: object) => {
  // Every refusal is fine here: the law is about what was accepted.
  cluster.send(type, args as never)
}

/** Anything that users, satellites and the leader do, in any order, sensible or not. */
const step: fc.Arbitrary<Step> = fc.oneof(
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
  node.map(
    (on): Step =>
      (cluster) =>
        deliver(cluster, 'fact.node-offline', { node: on }),
  ),
  node.map(
    (on): Step =>
      (cluster) => {
        deliver(cluster, 'node.lost', { node: on })
      },
  ),
  node.map(
    (on): Step =>
      (cluster) =>
        deliver(cluster, 'node.delete', { node: on }),
  ),
)

function play(steps: readonly Step[]): TestCluster {
  const cluster = new TestCluster()
  for (const on of ['n1', 'n2', 'n3', 'n4']) cluster.node(on)
  for (const each of steps) each(cluster)
  return cluster
}

const textOf = (state: State) => [...stateLines(state)].join('')

test('every invariant holds after every step, whatever is asked in whatever order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const cluster = new TestCluster()
      for (const on of ['n1', 'n2', 'n3', 'n4']) cluster.node(on)
      for (const each of steps) {
        each(cluster)
        expect(brokenInvariants(cluster.state)).toEqual([])
      }
    }),
    { numRuns: 150 },
  )
})

test('the log folded again gives the same bytes of state, and so does a checkpoint', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { state } = play(steps)
      const cluster = play(steps)
      expect(textOf(cluster.refold())).toBe(textOf(state))
      const written = JSON.parse(JSON.stringify(serialiseState(state))) as SerialisedState
      expect(textOf(restoreState(written))).toBe(textOf(state))
    }),
    { numRuns: 100 },
  )
})
