/**
 * What the log costs by itself: requests in, blocks out, five events a command, no rules. Any
 * controller is measured against this. Run: node test/bench/log.ts
 */

import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstream } from '@nats-io/jetstream'
import type { Msg, NatsConnection } from '@nats-io/transport-node'
import { streams, subjectsOf } from '@varve/events'
import { hashOf, parseJson } from '../../packages/controller/src/log/block.ts'
import { jetStreamLog } from '../../packages/controller/src/log/jetstream.ts'
import { type Journal, openJournal } from '../../packages/controller/src/log/journal.ts'
import type { LogStream } from '../../packages/controller/src/log/port.ts'
import { ensureStreams } from '../../packages/controller/src/log/stream.ts'
import { type LogWriter, logWriter } from '../../packages/controller/src/log/writer.ts'
import { connectNats } from '../../packages/controller/src/nats/connect.ts'
import { startEmbedded } from '../../packages/controller/src/nats/embedded.ts'
import { findNatsServer } from '../../packages/controller/src/nats/server.ts'
import { percentiles } from './percentiles.ts'

const cluster = 'bench'
const eventsPerCommand = 5
/** Bytes of entries in one block. */
const blockBytes = 256 * 1024

export type Rate = {
  commandsPerS: number
  p50Ms: number
  p99Ms: number
  commandsPerBlock: number
  /** Processor time of leader and clients per command; unlike a rate, it shares no machine. */
  cpuUs: number
}

export type Bench = AsyncDisposable & {
  connection: NatsConnection
  journal: Journal
  stream: LogStream
  writer: LogWriter
  url: string
}

/** An embedded server that syncs always, a journal, and an empty log, in a temporary directory. */
export async function openBench(): Promise<Bench> {
  const server = await findNatsServer({ env: process.env, log: console.error })
  const directory = await mkdtemp(join(tmpdir(), 'varve-bench-'))
  const nats = await startEmbedded({ server, dataDir: join(directory, 'nats') })
  const connection = await connectNats({ servers: nats.url, name: 'leader' })
  await ensureStreams(connection, { cluster, replicas: 1 })
  const stream = jetStreamLog(connection, cluster)
  const journal = await openJournal(join(directory, 'journal'))
  return {
    connection,
    journal,
    stream,
    writer: logWriter(journal, stream),
    url: nats.url,
    async [Symbol.asyncDispose]() {
      await connection.close()
      await journal.close()
      await nats.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** One entry as a command makes it, with five events. */
export function sampleEntry(number: number): string {
  const resource = `pvc-${String(number).padStart(8, '0')}`
  const events = Array.from({ length: eventsPerCommand }, (_, nodeId) => ({
    type: 'resource.placed',
    resource,
    node: `node-${nodeId}`,
    pool: 'thin',
    nodeId,
    port: 7000 + (number % 3000),
  }))
  return JSON.stringify({
    id: String(number).padStart(26, '0'),
    at: 1_760_000_000_000 + number,
    actor: { kind: 'user', name: 'bench', via: 'nats' },
    command: { type: 'resource.place', args: { resource, replicas: eventsPerCommand } },
    events,
  })
}

/** The skeleton of a leader: takes what has arrived, stores it as one block, answers each. */
async function serve(bench: Bench, subject: string, stop: AbortSignal): Promise<number> {
  const queue: Msg[] = []
  let wake = () => {}
  const subscription = bench.connection.subscribe(subject, {
    callback: (_error, message) => {
      queue.push(message)
      wake()
    },
  })
  stop.addEventListener('abort', () => wake())
  let number = 0
  let blocks = 0
  while (!stop.aborted) {
    if (queue.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
      continue
    }
    const taken: Msg[] = []
    const entries: string[] = []
    for (let bytes = 0; bytes < blockBytes && taken.length < queue.length; ) {
      taken.push(queue[taken.length] as Msg)
      const entry = sampleEntry(number++)
      entries.push(entry)
      bytes += entry.length
    }
    queue.splice(0, taken.length)
    const result = await bench.writer.append(blockOf(bench.journal.last.hash, entries))
    if (result.kind !== 'stored') throw new Error('the bench has one writer')
    const answer = JSON.stringify({ sequence: result.sequence })
    for (const message of taken) message.respond(answer)
    blocks++
  }
  subscription.unsubscribe()
  return blocks
}

function blockOf(prev: string, entries: string[]): Uint8Array {
  return Buffer.from(`{"v":1,"term":1,"prev":"${prev}","entries":[${entries.join(',')}]}`)
}

/** `clients` senders on a connection of their own, each with one command under way. */
export async function commandRate(
  bench: Bench,
  { clients, commands }: { clients: number; commands: number },
): Promise<Rate> {
  const subject = subjectsOf(cluster).command('bench', 'resource.place')
  const stop = new AbortController()
  const serving = serve(bench, subject, stop.signal)
  const sender = await connectNats({ servers: bench.url, name: 'clients' })
  await bench.connection.flush()
  const times: number[] = []
  let left = commands
  async function client(): Promise<void> {
    while (left-- > 0) {
      const from = performance.now()
      await sender.request(subject, '{}', { timeout: 10_000 })
      times.push(performance.now() - from)
    }
  }
  const cpu = process.cpuUsage()
  const from = performance.now()
  await Promise.all(Array.from({ length: clients }, client))
  const seconds = (performance.now() - from) / 1000
  const { user, system } = process.cpuUsage(cpu)
  stop.abort()
  const blocks = await serving
  await sender.close()
  return {
    commandsPerS: Math.round(commands / seconds),
    ...percentiles(times),
    commandsPerBlock: Number((commands / blocks).toFixed(1)),
    cpuUs: Math.round((user + system) / commands),
  }
}

export type AppendRate = { blocksPerS: number; p50Ms: number; p99Ms: number }

/** Blocks of one command, one after another into an empty log, by one of the steps or by both. */
export async function appendRate(
  how: 'both' | 'journal' | 'stream' | 'stream through js.publish',
  blocks: number,
): Promise<AppendRate> {
  await using bench = await openBench()
  const js = jetstream(bench.connection)
  let sequence = 0
  const expect = () => ({ lastSequence: sequence++, streamName: streams.log })
  const steps = {
    both: (bytes: Uint8Array) => bench.writer.append(bytes),
    journal: (bytes: Uint8Array) => bench.journal.append([bytes]),
    stream: (bytes: Uint8Array) => bench.stream.append(bytes, sequence++),
    'stream through js.publish': (bytes: Uint8Array) =>
      js.publish(subjectsOf(cluster).log, bytes, { expect: expect() }),
  }
  const times: number[] = []
  const begin = performance.now()
  for (let i = 0; i < blocks; i++) {
    const bytes = blockOf(bench.journal.last.hash, [sampleEntry(i)])
    const from = performance.now()
    await steps[how](bytes)
    times.push(performance.now() - from)
  }
  const seconds = (performance.now() - begin) / 1000
  return { blocksPerS: Math.round(blocks / seconds), ...percentiles(times) }
}

export type ReadRate = { eventsPerS: number; mbPerS: number; openEventsPerS: number }

/** Reads a journal of `entries` commands, `perBlock` in each block, into an empty fold. */
export async function readRate(options: { entries: number; perBlock: number }): Promise<ReadRate> {
  const directory = await mkdtemp(join(tmpdir(), 'varve-bench-'))
  const path = join(directory, 'journal')
  try {
    await fillJournal(path, options)
    const bytes = (await stat(path)).size
    let events = 0
    const verifyMs = await timed(async () => (await openJournal(path)).close())
    const foldMs = await timed(async () => {
      const journal = await openJournal(path, (block) => {
        // The bench wrote the journal itself.
        const { entries } = parseJson(block.bytes) as { entries: { events: unknown[] }[] }
        for (const entry of entries) events += entry.events.length
      })
      await journal.close()
    })
    return {
      eventsPerS: Math.round((events / foldMs) * 1000),
      mbPerS: Math.round(bytes / foldMs / 1000),
      openEventsPerS: Math.round((events / verifyMs) * 1000),
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function fillJournal(path: string, { entries, perBlock }: Record<string, number>) {
  await using journal = await openJournal(path)
  let hash = journal.last.hash
  let batch: Uint8Array[] = []
  for (let number = 0; number < Number(entries); ) {
    const texts = Array.from({ length: Number(perBlock) }, () => sampleEntry(number++))
    const bytes = blockOf(hash, texts)
    hash = hashOf(bytes)
    batch.push(bytes)
    if (batch.length * Number(perBlock) < 10_000) continue
    await journal.append(batch)
    batch = []
  }
  await journal.append(batch)
}

export type ReplayRate = { blocksPerS: number }

/** Reads what the stream holds, without parsing. */
export async function replayRate(bench: Bench): Promise<ReplayRate> {
  let blocks = 0
  const ms = await timed(async () => {
    for await (const _block of bench.stream.read(1)) blocks++
  })
  return { blocksPerS: Math.round((blocks / ms) * 1000) }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}

if (import.meta.main) {
  await using bench = await openBench()
  // The first round warms up the machine; it is measured for nobody.
  await commandRate(bench, { clients: 64, commands: 10_000 })
  console.log('1 client', await commandRate(bench, { clients: 1, commands: 5_000 }))
  console.log('64 clients', await commandRate(bench, { clients: 64, commands: 40_000 }))
  for (const how of ['both', 'stream', 'stream through js.publish', 'journal'] as const) {
    console.log(`append, ${how}`, await appendRate(how, 5_000))
  }
  console.log('replay', await replayRate(bench))
  console.log('read, 1 a block', await readRate({ entries: 100_000, perBlock: 1 }))
  console.log('read, 64 a block', await readRate({ entries: 100_000, perBlock: 64 }))
}
