/** Policies among everything else that happens: users, satellites, nodes that go and come back. */
import { brokenInvariants, isLive, resourcesOf, type State } from '@varve/events'
import { fourNodes, type Step, steps, type TestCluster } from '@varve/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isGoodCopy } from '../../decide/safety.ts'

/** Policies are asked after each step, so a step only lets time pass. */
const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

const node = fc.constantFrom('n1', 'n2', 'n3', 'n4')
const definition = fc.constantFrom('web', 'db', 'log')
const policy = fc.constantFrom(
  ...(['tie-breaker', 'quorum', 're-place', 'auto-evict', 'auto-diskful', 'balance'] as const),
)

const happening: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom(0, 1, 60, 720).map(
    (minutes): Step =>
      (cluster) => {
        cluster.now += minutes * minuteMs
      },
  ),
  node.map(
    (on): Step =>
      (cluster) => {
        cluster.send('fact.node-offline', { node: on })
        cluster.send('fact.node-sight', { node: on, isSeen: false })
      },
  ),
  node.map(
    (on): Step =>
      (cluster) => {
        const { uname = on, capabilities } = cluster.state.nodes.get(on) ?? {}
        if (capabilities) {
          cluster.send('fact.node-online', {
            node: on,
            boot: `${cluster.now}`,
            uname,
            capabilities,
          })
        }
      },
  ),
  fc.tuple(definition, node, fc.boolean()).map(
    ([of, on, primary]): Step =>
      (cluster) => {
        if (!cluster.state.resources.has(`${of}/${on}`)) return
        cluster.open(of, on, primary ? 'Primary' : 'Secondary')
        cluster.deploy(of, on, { primary })
      },
  ),
  fc.tuple(policy, fc.constantFrom('off', 'shadow', 'on', 'inherit')).map(
    ([name, mode]): Step =>
      (cluster) => {
        cluster.send('policy.set', { policy: name, mode })
      },
  ),
  // Whoever has no disk is in use for long.
  fc.constant((cluster: TestCluster) => {
    cluster.send('controller.modify', { setProps: { 'DrbdOptions/auto-diskful': '5' } })
    for (const row of [...cluster.state.resources.values()]) {
      if (row.kind !== 'diskful') cluster.deploy(row.definition, row.node, { primary: true })
    }
    cluster.now += 5 * minuteMs
  }),
  fc.constant((cluster: TestCluster) => cluster.changeLeader()),
  fc.constant(deployAll),
  // It breaks down, and a new machine takes its name.
  node.map(
    (on): Step =>
      (cluster) => {
        deployAll(cluster)
        cluster.send('fact.node-offline', { node: on })
        cluster.send('node.lost', { node: on })
        if (!cluster.state.nodes.has(on)) cluster.node(on)
      },
  ),
  // It is away, and nobody does anything.
  node.map(
    (on): Step =>
      (cluster) => {
        deployAll(cluster)
        cluster.send('fact.node-offline', { node: on })
        cluster.send('fact.node-sight', { node: on, isSeen: false })
        cluster.now += 721 * minuteMs
      },
  ),
)

/** Every node that can be heard has done what it was told. */
function deployAll(cluster: TestCluster): void {
  for (const { definition: of, node: on, phase } of [...cluster.state.resources.values()]) {
    if (cluster.state.nodes.get(on)?.link.status !== 'online') continue
    if (phase.status === 'deleting') cluster.confirmGone(of, on)
    else cluster.deploy(of, on)
  }
}

/** Something of policies after each two of the usual steps. */
const stories = fc
  .tuple(steps, fc.array(happening, { minLength: 10, maxLength: 30 }))
  .map(([usual, among]) =>
    usual.flatMap((step, index) => [step, ...among.slice(index / 2, index / 2 + (index % 2))]),
  )

/** Definitions of which somebody has a good copy; what is in the trash may go when its time is over. */
function kept(state: State): Set<string> {
  const trashed = new Set(state.definitions.keysBy('trashed', 'yes'))
  const names = [...state.definitions.keys()].filter((name) => !trashed.has(name))
  return new Set(
    names.filter((name) =>
      resourcesOf(state, name).some(
        (row) => row.kind === 'diskful' && isLive(row) && isGoodCopy(state, row),
      ),
    ),
  )
}

test('whatever happens, policies come to rest, break nothing, and leave a good copy of all', () => {
  fc.assert(
    fc.property(stories, (story) => {
      const cluster = fourNodes()
      for (const step of story) {
        step(cluster)
        const before = kept(cluster.state)
        cluster.runPolicies()
        const after = kept(cluster.state)
        expect([...before].filter((name) => !after.has(name))).toEqual([])
        expect(brokenInvariants(cluster.state)).toEqual([])
        expect(cluster.runPolicies()).toEqual([])
      }
      expectNoBurst(cluster)
    }),
    { numRuns: 60 },
  )
})

function expectNoBurst(cluster: TestCluster): void {
  const times = cluster.entries
    .filter(({ events }) => events.some(({ type }) => type === 'node.auto-evicted'))
    .map(({ at }) => at)
  for (const first of times) {
    expect(times.filter((at) => at >= first && at - first < dayMs).length).toBeLessThanOrEqual(2)
  }
}

test('the stories reach what the law is about', () => {
  const seen = new Set<string>()
  for (const story of fc.sample(stories, { numRuns: 150, seed: 7 })) {
    const cluster = fourNodes()
    for (const step of story) {
      step(cluster)
      cluster.runPolicies()
    }
    for (const { events } of cluster.entries) for (const { type } of events) seen.add(type)
  }
  for (const type of ['proposal.made', 'proposal.closed', 'redundancy.rebuilding'] as const) {
    expect(seen).toContain(type)
  }
  for (const type of ['node.auto-evicted', 'auto-diskful.converted'] as const) {
    expect(seen).toContain(type)
  }
})
