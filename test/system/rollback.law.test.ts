/**
 * Whatever order nodes act in, however often their satellites die between two commands or their
 * machines lose power: old and new content never meet, and in the end all have one of them.
 */
import { compileResource } from '@varve/controller/core'
import type { DesiredResource } from '@varve/events'
import type { Host } from '@varve/satellite'
import { type Converged, converge } from '@varve/satellite/testing'
import { createWorld, manualClock, type SimHost } from '@varve/sim'
import { gib, TestCluster } from '@varve/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'

const definition = 'web'
const nodes = ['n1', 'n2', 'n3'] as const
type Node = (typeof nodes)[number]

/** What a satellite does before it is killed; `isHeard`: the leader gets its report. */
type Act =
  | {
      readonly kind: 'act'
      readonly node: Node
      readonly effects: number
      readonly isHeard: boolean
    }
  | { readonly kind: 'crash'; readonly node: Node }
  | { readonly kind: 'give up' }

const include = 'include "/var/lib/varve.d/*.res";\n'

const node = fc.constantFrom(...nodes)
const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        kind: fc.constant('act' as const),
        node,
        effects: fc.nat({ max: 12 }),
        isHeard: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), node }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'give up' as const }) },
  ),
  { maxLength: 30 },
)

test('old and new never meet, and whoever goes on where another was killed gets to the end', async () => {
  await fc.assert(
    fc.asyncProperty(acts, async (order) => {
      const stage = await snapped()
      stage.cluster.must('snapshot.rollback', { definition, snapshot: 's1' })
      for (const act of order) {
        await stage.perform(act)
        stage.check()
      }
      for (let round = 0; round < 12 && stage.isBusy(); round += 1) {
        for (const each of nodes) await stage.act(each, Number.POSITIVE_INFINITY, true)
        stage.check()
      }
      expect(stage.isBusy()).toBe(false)
      const isGivenUp =
        stage.cluster.state.definitions.get(definition)?.rollbackProblem !== undefined
      const wanted = isGivenUp ? '1=after' : '1=before'
      expect(stage.replicas()).toEqual([wanted, wanted])
      expect(stage.snapshots()).toEqual(['1=before', '1=before'])
    }),
    { numRuns: 60 },
  )
})

/** Replicas on n1 and n2 and a tie-breaker on n3: `before` is in the snapshot `s1`, `after` now. */
async function snapped() {
  const clock = manualClock()
  const world = createWorld({ clock })
  const cluster = new TestCluster()
  for (const [index, name] of nodes.entries()) {
    const thinPools = [{ name: 'thin', sizeKib: 8 * gib }]
    world.addHost({
      name,
      address: `10.0.0.${index + 1}`,
      drbd: '9.2.18',
      disks: [{ name: 'sdb', sizeKib: 16 * gib }],
      groups: [{ name: 'vg', disks: ['sdb'], thinPools }],
    })
    cluster.node(name)
    world.host(name).plantFile('/etc/drbd.d/varve-resources.res', include)
    await world.host(name).host.run(['modprobe', 'drbd'])
  }

  const compiled = (name: Node): DesiredResource | undefined => {
    const document = compileResource(cluster.state, definition, name)
    return document && { ...document, v: 1, term: 1, from: cluster.sequence }
  }
  const report = (name: Node, from: number, { inventory }: Converged) => {
    const disk = inventory.drbd.resources.get(definition)?.volumes.get(0)?.disk
    const volumes = [{ number: 0, ...(disk === undefined ? {} : { disk }), deviceKib: 2 * gib }]
    const seen = { definition, node: name, from, absent: false, volumes }
    cluster.must('fact.resource-observed', seen)
  }
  const act = async (name: Node, effects: number, isHeard: boolean) => {
    const document = compiled(name)
    if (!document) return
    const result = await converge(mortal(world.host(name), effects), document)
    clock.advance(1_000)
    if (result.kind !== 'true' || !isHeard) return
    // What was true is looked at once more: disks take a moment after they are attached.
    const now = await converge(world.host(name).host, document)
    if (now.kind === 'true') report(name, document.from, now)
  }
  const everybody = async () => {
    for (const name of nodes) await act(name, Number.POSITIVE_INFINITY, true)
  }
  const isUp = (host: SimHost) => host.machine.kernel?.resources.has(definition) === true
  const backing = (host: SimHost, name: string) =>
    host.machine.groups.get('vg')?.volumes.get(name)?.device.content.get(1)
  const diskful = () => ['n1', 'n2'].map((name) => world.host(name))
  const write = (text: string) => {
    const n1 = world.host('n1')
    expect(n1.open(definition)).toBeUndefined()
    expect(n1.write(definition, 1, text)).toBeUndefined()
    n1.close(definition)
  }

  cluster.must('resource-definition.create', { definition })
  cluster.must('volume-definition.create', { definition, sizeKib: gib })
  for (const name of ['n1', 'n2']) {
    cluster.must('resource.create', { definition, node: name, pool: 'thin' })
  }
  await everybody()
  await everybody()
  write('before')
  cluster.must('snapshot.create', { definition, snapshot: 's1' })
  const owner = cluster.state.snapshots.get('web/s1')?.origin.entry ?? ''
  for (const state of ['suspended', 'taken', 'kept'] as const) {
    await everybody()
    for (const name of nodes) {
      cluster.deploy(definition, name, { snapshots: [{ snapshot: 's1', owner, state }] })
    }
  }
  await everybody()
  write('after')

  return {
    cluster,
    act,
    isBusy: () => cluster.state.definitions.get(definition)?.rollback !== undefined || !isQuiet(),
    replicas: () => diskful().map((host) => `1=${backing(host, 'web_00000')}`),
    snapshots: () => diskful().map((host) => `1=${backing(host, 'web_00000_s1')}`),
    check() {
      const contents = diskful()
        .filter(isUp)
        .map((host) => host.replica(definition))
      expect(new Set(contents).size, contents.join(' and ')).toBeLessThanOrEqual(1)
    },
    async perform(each: Act) {
      if (each.kind === 'give up') cluster.must('rollback.expire', { definition })
      else if (each.kind === 'act') await act(each.node, each.effects, each.isHeard)
      else {
        world.host(each.node).crash()
        world.host(each.node).boot()
        await world.host(each.node).host.run(['modprobe', 'drbd'])
      }
    },
  }

  /** Everything is up again, where it is to be. */
  function isQuiet(): boolean {
    return nodes.every((name) => !compiled(name) || isUp(world.host(name)))
  }
}

/** A host that does so many things more, and then nothing. */
function mortal({ host }: SimHost, effects: number): Host {
  let left = effects
  const spend = () => {
    left -= 1
    return left >= 0
  }
  const reads = new Set(['lvs', 'vgs', 'events2', 'list', 'table', 'info', 'find', 'df'])
  return {
    ...host,
    run: async (argv, options) => {
      const isRead = argv.slice(0, 2).some((word) => reads.has(word))
      if (isRead || spend()) return host.run(argv, options)
      return { argv, stdout: '', stderr: '', timedOut: true }
    },
    writeFile: async (path, text) => (spend() ? host.writeFile(path, text) : undefined),
    removeFile: async (path) => (spend() ? host.removeFile(path) : undefined),
  }
}
