/** Durable commands: spawn of three replicas with real placement among ten nodes. */
import { connectNats } from '@varve/controller'
import { spawn, startCluster } from './cluster.ts'
import type { Rate } from './log.ts'
import { percentiles } from './percentiles.ts'

/** `clients` senders on one connection, each with one command under way. */
export async function spawnRate(options: {
  readonly clients: number
  readonly commands: number
  /** Commands before the clock starts: the just-in-time compiler's share is not the controller's. */
  readonly warmUp: number
}): Promise<Rate> {
  await using bench = await startCluster()
  const sender = await connectNats({ servers: bench.system.nats.url, name: 'clients' })
  let number = 0
  const send = async (count: number, times: number[]) => {
    const end = number + count
    const sequences = new Set<number>()
    const client = async () => {
      while (number < end) {
        number += 1
        const from = performance.now()
        sequences.add(await spawn(sender, `web${number}`))
        times.push(performance.now() - from)
      }
    }
    await Promise.all(Array.from({ length: options.clients }, client))
    return sequences.size
  }
  await send(options.warmUp, [])
  const times: number[] = []
  const from = performance.now()
  const blocks = await send(options.commands, times)
  const seconds = (performance.now() - from) / 1000
  await sender.close()
  return {
    commandsPerS: Math.round(times.length / seconds),
    ...percentiles(times),
    commandsPerBlock: Number((times.length / blocks).toFixed(1)),
  }
}
