/** From a spawn's request until its last satellite has applied it, on ten simulated machines. */
import type { NatsConnection } from '@nats-io/transport-node'
import { type ObservedResource, readObservedSubject } from '@varve/events'
import { cluster, startSystem, subjects, type TestSystem, until } from '../system/harness.ts'
import { startScript } from './child.ts'
import { spawn } from './cluster.ts'
import { type Figure, figure } from './figure.ts'
import { percentiles } from './percentiles.ts'

const gib = 1024 * 1024
const replicas = 3
const nodes = Array.from({ length: 10 }, (_, index) => `n${index + 1}`)
const rounds = 3
const perRound = 15
const many = 1_000
/** A machine that cannot do it in this time gets a lower bound of what it would take. */
const patienceMs = 60_000
/** Senders of the thousand: more would only wait in the controller's queue. */
const senders = 32

export async function appliedFigures(): Promise<Figure[]> {
  await using system = await startSystem()
  await system.startController('c1')
  const script = new URL('satellites.ts', import.meta.url).pathname
  await using _satellites = startScript(script, system.nats.url, cluster, ...nodes)
  await register(system)
  const { client } = system
  const applied = watchApplied(client)
  for (let index = 0; index < perRound; index += 1) await applied.of(client, `warm${index}`)
  const alone: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const times: number[] = []
    for (let index = 0; index < perRound; index += 1) {
      const from = performance.now()
      await applied.of(client, `one${round}x${index}`)
      times.push(performance.now() - from)
    }
    alone.push(percentiles(times).p50Ms)
  }
  const from = performance.now()
  let left = many
  const sender = async () => {
    while (left > 0 && performance.now() - from < patienceMs)
      await applied.of(client, `many${left--}`)
  }
  await Promise.all(Array.from({ length: senders }, sender))
  const seconds = (performance.now() - from) / 1000
  const done = many - left
  const share = done === many ? 'one run' : `from the first ${done}, so at least`
  return [
    figure({
      what: 'spawn of 3 replicas until the last of 10 simulated satellites has applied, p50',
      unit: 'ms',
      aim: 100,
      reached: 'at-most',
      runs: alone,
    }),
    figure({
      what: `1,000 spawns of 3 replicas on 10 simulated nodes until all are applied (${share})`,
      unit: 's',
      aim: 30,
      reached: 'at-most',
      runs: [(seconds * many) / done],
    }),
  ]
}

async function register(system: TestSystem): Promise<void> {
  for (const [index, node] of nodes.entries()) {
    await system.must('node.create', { node, address: `10.0.0.${index + 1}` })
    const pool = { node, pool: 'thin', provider: 'LVM_THIN' as const, backing: 'vg0/thin' }
    await system.must('storage-pool.create', pool)
  }
  const filter = { placeCount: replicas, pools: ['thin'] }
  await system.must('resource-group.create', { group: 'fast', filter })
  await until('all nodes can be placed on', async () => {
    const args = { group: 'fast', definition: 'probe', sizesKib: [gib], peerSlots: 31 }
    const filter = { placeCount: nodes.length }
    const plan = { plan: true }
    const reply = await system.command('resource-group.spawn', { ...args, filter }, plan)
    return reply.ok || undefined
  })
}

/** Hears what satellites report; `of` spawns a definition and resolves when all have applied it. */
function watchApplied(client: NatsConnection) {
  const waiting = new Map<string, { nodes: Set<string>; done: () => void }>()
  client.subscribe(subjects.allObserved, {
    callback: (_error, message) => {
      const about = readObservedSubject(message.subject)
      if (about?.kind !== 'resource') return
      // Written by our own satellites.
      const { resource, status } = message.json() as ObservedResource
      const waiter = waiting.get(resource)
      if (!waiter || status !== 'applied') return
      waiter.nodes.add(about.node)
      if (waiter.nodes.size === replicas) waiter.done()
    },
  })
  return {
    async of(sender: NatsConnection, definition: string): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.set(definition, { nodes: new Set(), done: resolve })
      await until(`${definition} is accepted`, () => spawned(sender, definition), 120_000)
      await within(promise, `all satellites have applied ${definition}`)
      waiting.delete(definition)
    },
  }
}

/** A satellite may be thought offline while the machine is overloaded: its time counts. */
async function spawned(sender: NatsConnection, definition: string): Promise<true | undefined> {
  return spawn(sender, definition).then(
    () => true as const,
    () => undefined,
  )
}

async function within(promise: Promise<void>, what: string): Promise<void> {
  let isDone = false
  await Promise.race([
    promise.then(() => {
      isDone = true
    }),
    until(what, () => (isDone ? true : undefined), 120_000),
  ])
}
