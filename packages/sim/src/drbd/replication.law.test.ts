import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Cluster, cluster, deploy } from '../given.ts'
import type { SimHost } from '../world.ts'
import { initialEvents } from './follow.ts'
import { dumpText } from './initial.ts'
import type { Resource } from './model.ts'
import { component } from './settle.ts'

type Act =
  | { readonly kind: 'cut' | 'heal'; readonly a: number; readonly b: number }
  | {
      readonly kind: 'open' | 'close' | 'write' | 'crash' | 'boot' | 'down' | 'adjust'
      readonly a: number
    }
  | { readonly kind: 'wait'; readonly ms: number }

const who = fc.nat({ max: 2 })
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constantFrom('cut' as const, 'heal' as const), a: who, b: who }),
  fc.record({
    kind: fc.constantFrom('open' as const, 'write' as const, 'write' as const, 'close' as const),
    a: who,
  }),
  fc.record({
    kind: fc.constantFrom('crash' as const, 'boot' as const, 'down' as const, 'adjust' as const),
    a: who,
  }),
  fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(10, 100, 1000) }),
)

async function perform(each: Cluster, step: Act, value: string): Promise<void> {
  const pick = (at: number): SimHost => {
    const host = each.hosts[at]
    if (!host) throw new Error(`no host ${at}`)
    return host
  }
  switch (step.kind) {
    case 'wait':
      each.clock.advance(step.ms)
      return
    case 'cut':
    case 'heal':
      if (step.a !== step.b) each.world.network[step.kind](`n${step.a + 1}`, `n${step.b + 1}`)
      return
    case 'open':
      // 8.4 does not promote by itself.
      if (isEight(pick(step.a))) await pick(step.a).host.run(['drbdadm', 'primary', 'web'])
      pick(step.a).open('web')
      return
    case 'close':
      pick(step.a).close('web')
      if (isEight(pick(step.a))) await pick(step.a).host.run(['drbdadm', 'secondary', 'web'])
      return
    case 'write':
      pick(step.a).write('web', value.length % 3, value)
      return
    case 'crash':
    case 'boot':
      pick(step.a)[step.kind]()
      return
    case 'down':
    case 'adjust':
      await pick(step.a).host.run(['drbdadm', step.kind, 'web'])
  }
}

const isEight = (host: SimHost) => host.machine.drbdVersion.startsWith('8')

const resources = (each: Cluster): Resource[] =>
  each.hosts.flatMap((host) => host.machine.kernel?.resources.get('web') ?? [])

const replica = (resource: Resource) => {
  const host = resource.devices.get(0)
  return host?.disk === 'UpToDate' ? [...(host.backing?.content ?? [])].sort().join(' ') : undefined
}

/** Good replicas that are connected hold the same, at every moment. */
function expectConnectedEqual(each: Cluster): void {
  for (const resource of resources(each)) {
    for (const other of component(resource)) {
      const [a, b] = [replica(resource), replica(other)]
      if (a !== undefined && b !== undefined) expect(a).toBe(b)
    }
  }
}

/** Those who may go on writing are all on one side. */
function expectOneSide(each: Cluster): void {
  const alive = resources(each)
  const writers = alive.filter((one) => {
    const device = one.devices.get(0)
    const canWrite = one.role === 'Primary' && one.suspended === 'no' && device?.quorum
    return canWrite || one.mayPromote
  })
  for (const writer of writers)
    for (const other of writers) expect(component(writer).has(other)).toBe(true)
}

/** What is remembered of a dump is what a new one would say. */
function expectDumpsFresh(each: Cluster): void {
  for (const { machine } of each.hosts) {
    const options = { statistics: true, full: false, timestamps: false }
    const { kernel } = machine
    if (kernel) expect(dumpText(kernel)).toBe(`${initialEvents(kernel, options).join('\n')}\n`)
  }
}

async function bringBack(each: Cluster): Promise<void> {
  each.world.network.heal()
  for (const host of each.hosts) {
    host.close('web')
    await host.host.run(['drbdadm', 'secondary', 'web'])
    host.boot()
  }
  each.clock.advance(2000)
  for (const host of each.hosts) {
    host.close('web')
    await host.host.run(['drbdadm', 'adjust', 'web'])
  }
  each.clock.advance(10_000)
}

const isSplit = (each: Cluster) =>
  resources(each).some((one) =>
    [...one.connections.values()].some((link) => link.state === 'StandAlone'),
  )

async function live(each: Cluster, acts: readonly Act[], check: () => void): Promise<void> {
  for (const [at, step] of acts.entries()) {
    await perform(each, step, `${at}`)
    // What a cut means is only known once it has been noticed.
    each.clock.advance(600)
    check()
  }
}

/** Two sources for one target, of which the second has nothing left to send: once an endless loop. */
const twoSourcesOneEmpty: Act[] = [
  { kind: 'down', a: 0 },
  { kind: 'down', a: 2 },
  { kind: 'open', a: 1 },
  { kind: 'write', a: 1 },
]

const shapes = [
  { name: 'two diskful and a tie-breaker', diskless: [2] },
  { name: 'three diskful', diskless: [] },
]

for (const { name, diskless } of shapes) {
  test(`${name} with quorum: one side only, and everybody equal when all are back`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
        const each = cluster(3)
        await deploy(each, { diskless })
        await live(each, acts, () => {
          expectConnectedEqual(each)
          expectOneSide(each)
          expectDumpsFresh(each)
        })
        await bringBack(each)
        expectConnectedEqual(each)
        expect(isSplit(each)).toBe(false)
        const contents = each.hosts
          .filter((_, at) => !diskless.includes(at))
          .map((host) => host.replica('web'))
        expect(new Set(contents).size).toBe(1)
        for (const one of resources(each)) {
          expect([...one.connections.values()].map((link) => link.state)).not.toContain(
            'Connecting',
          )
        }
      }),
      { numRuns: 150, examples: [[twoSourcesOneEmpty]] },
    )
  })
}

for (const drbd of ['9.2.18', '8.4.11'] as const) {
  test(`two nodes of ${drbd} without quorum: equal, or the split brain is told`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 25 }), async (acts) => {
        const each = cluster(2, drbd)
        await deploy(each, { options: 'quorum off;' })
        const [n1] = each.hosts
        if (drbd === '8.4.11' && n1) {
          await each.tool(n1, 'drbdadm', '--', '--clear-bitmap', 'new-current-uuid', 'web/0')
        }
        const two = acts.filter((step) => (step.kind === 'wait' ? true : step.a < 2))
        const inside = two.filter((step) => !('b' in step) || step.b < 2)
        await live(each, inside, () => {
          expectConnectedEqual(each)
          expectDumpsFresh(each)
        })
        await bringBack(each)
        const [a, b] = each.hosts.map((host) => host.replica('web'))
        if (!isSplit(each)) expect(a).toBe(b)
      }),
      { numRuns: 100 },
    )
  })
}
