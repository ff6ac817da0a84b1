/** Durable commands: spawn of three replicas with real placement among ten nodes. */
import type { NatsConnection } from '@nats-io/transport-node'
import { connectNats } from '@varve/controller'
import { spawn, startCluster } from './cluster.ts'
import { type Figure, figure, median } from './figure.ts'
import { type Bench, commandRate, openBench, type Rate } from './log.ts'
import { percentiles } from './percentiles.ts'

const rounds = 3
/**
 * The just-in-time compiler's share is not the controller's: until then it takes another 60 to 150 µs
 * of processor time per command on its own threads.
 */
const warmUp = 12_000
const many = { clients: 64, commands: 4_000, skeletonCommands: 15_000 }
const one = { clients: 1, commands: 600, skeletonCommands: 1_000 }

type Side = { readonly ours: Rate; readonly skeleton: Rate }

export async function commandFigures(): Promise<Figure[]> {
  await using skeleton = await openBench()
  await using bench = await startCluster()
  const sender = await connectNats({ servers: bench.system.nats.url, name: 'clients' })
  try {
    const spawns = startSpawning(sender)
    await commandRate(skeleton, { clients: 64, commands: 5_000 })
    await spawns({ clients: 64, commands: warmUp })
    const crowd: Side[] = []
    const single: Side[] = []
    for (let round = 0; round < rounds; round += 1) {
      crowd.push(await sideBySide(skeleton, spawns, many))
      single.push(await sideBySide(skeleton, spawns, one))
    }
    return figuresOf(crowd, single)
  } finally {
    await sender.close()
  }
}

type Spawns = (of: { clients: number; commands: number }) => Promise<Rate>

async function sideBySide(skeleton: Bench, spawns: Spawns, size: typeof many): Promise<Side> {
  const { clients, commands, skeletonCommands } = size
  return {
    skeleton: await commandRate(skeleton, { clients, commands: skeletonCommands }),
    ours: await spawns({ clients, commands }),
  }
}

/** `clients` senders on one connection, each with one command under way; names never repeat. */
function startSpawning(sender: NatsConnection): Spawns {
  let number = 0
  return async ({ clients, commands }) => {
    const end = number + commands
    const times: number[] = []
    const sequences = new Set<number>()
    const client = async () => {
      while (number < end) {
        number += 1
        const from = performance.now()
        sequences.add(await spawn(sender, `web${number}`))
        times.push(performance.now() - from)
      }
    }
    const cpu = process.cpuUsage()
    const from = performance.now()
    await Promise.all(Array.from({ length: clients }, client))
    const seconds = (performance.now() - from) / 1000
    const { user, system } = process.cpuUsage(cpu)
    return {
      commandsPerS: Math.round(times.length / seconds),
      ...percentiles(times),
      commandsPerBlock: Number((times.length / sequences.size).toFixed(1)),
      cpuUs: Math.round((user + system) / times.length),
    }
  }
}

function figuresOf(crowd: readonly Side[], single: readonly Side[]): Figure[] {
  const runs = (sides: readonly Side[], of: (rate: Rate) => number) => ({
    runs: sides.map(({ ours }) => of(ours)),
    skeleton: median(sides.map(({ skeleton }) => of(skeleton))),
  })
  return [
    figure({
      what: 'durable spawns of 3 replicas among 10 nodes, 64 clients',
      unit: 'per s',
      aim: 10_000,
      reached: 'at-least',
      aimedRatio: 10_000 / 29_000,
      ...runs(crowd, ({ commandsPerS }) => commandsPerS),
    }),
    figure({
      what: 'the same, p99',
      unit: 'ms',
      aim: 25,
      reached: 'at-most',
      aimedRatio: 25 / 8.5,
      ...runs(crowd, ({ p99Ms }) => p99Ms),
    }),
    figure({
      what: 'the same, processor time of controller and clients per command',
      unit: 'µs',
      aim: 100,
      reached: 'at-most',
      aimedRatio: 29_000 / 10_000,
      ...runs(crowd, ({ cpuUs }) => cpuUs),
    }),
    figure({
      what: 'one durable spawn alone, p50',
      unit: 'ms',
      aim: 1,
      reached: 'at-most',
      aimedRatio: 1 / 0.32,
      ...runs(single, ({ p50Ms }) => p50Ms),
    }),
  ]
}
