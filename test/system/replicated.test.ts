import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { streams } from '@varve/events'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { natsEdge } from '../../packages/controller/src/edge/nats.ts'
import { machineTime } from '../../packages/controller/src/edge/time.ts'
import { acquireLease } from '../../packages/controller/src/lead/lease.ts'
import { jetStreamLease } from '../../packages/controller/src/lead/lease-jetstream.ts'
import { jetStreamLog } from '../../packages/controller/src/log/jetstream.ts'
import { logContract } from '../../packages/controller/src/log/log.contract.ts'
import { ensureStreams } from '../../packages/controller/src/log/stream.ts'
import { connectNats } from '../../packages/controller/src/nats/connect.ts'
import { type EmbeddedNats, startEmbedded } from '../../packages/controller/src/nats/embedded.ts'
import { findNatsServer } from '../../packages/controller/src/nats/server.ts'

const cluster = 'three'
const names = ['n1', 'n2', 'n3']
const servers = new Map<string, EmbeddedNats>()
let start: (name: string, port?: number) => Promise<EmbeddedNats>
let directory: string
let connection: NatsConnection

beforeAll(async () => {
  const server = await findNatsServer({ env: process.env, log: console.log })
  directory = await mkdtemp(join(tmpdir(), 'varve-three-'))
  const ports = await freePorts(names.length)
  const routes = ports.map((port) => `nats-route://127.0.0.1:${port}`).join(', ')
  start = async (name, port = 0) => {
    const listen = `127.0.0.1:${ports[names.indexOf(name)]}`
    const extra = `cluster { name: three, listen: "${listen}", routes: [${routes}] }`
    const nats = await startEmbedded({
      server,
      dataDir: join(directory, name),
      serverName: name,
      port,
      extra,
    })
    servers.set(name, nats)
    return nats
  }
  await Promise.all(names.map((name) => start(name)))
  connection = await connectNats({ servers: urls(), name: 'test' })
  await createStreams()
})

afterAll(async () => {
  await connection?.close()
  for (const nats of servers.values()) await nats.stop()
  await rm(directory, { recursive: true, force: true })
})

/** A young cluster has no JetStream leader for some seconds, and refuses to make streams. */
async function createStreams(): Promise<void> {
  const deadline = performance.now() + 60_000
  for (;;) {
    try {
      return await ensureStreams(connection, { cluster, replicas: 3 })
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}

async function emptyLog() {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  await manager.streams.delete(streams.log).catch(() => {})
  await createStreams()
  return jetStreamLog(connection, cluster)
}

logContract('JetStream on three servers', emptyLog)

it('goes on with one writer, and without loss, when the server of the stream leader is killed', async () => {
  const log = await emptyLog()
  const block = (number: number) => new TextEncoder().encode(`block ${number}`)
  for (let i = 0; i < 200; i++) await log.append(block(i), i)
  const manager = await jetstreamManager(connection, { checkAPI: false })
  const leader = (await manager.streams.info(streams.log)).cluster?.leader ?? ''
  const victim = servers.get(leader)
  if (victim === undefined) throw new Error(`no server is called ${leader}`)

  process.kill(victim.pid, 'SIGKILL')
  const from = performance.now()
  expect(await log.append(block(200), 200)).toEqual({ kind: 'stored', sequence: 201 })
  console.log(
    `append across the death of the stream leader: ${Math.round(performance.now() - from)} ms`,
  )
  for (let i = 201; i < 300; i++) await log.append(block(i), i)

  await start(leader, victim.port)
  const seen: string[] = []
  for await (const { bytes } of log.read(1)) seen.push(new TextDecoder().decode(bytes))
  expect(seen).toEqual(Array.from({ length: 300 }, (_, i) => `block ${i}`))
})

it('has a lease that one of two controllers holds', async () => {
  const contend = (holder: string) =>
    acquireLease(
      {
        store: jetStreamLease(natsEdge({ connection, cluster, replicas: 3 }).bus, cluster),
        clock: machineTime,
        holder,
        instance: holder,
      },
      AbortSignal.timeout(30_000),
    )
  const first = await Promise.race(['alpha', 'bravo'].map(contend))
  expect(first.isHeld()).toBe(true)
  await first.release()
})

function urls(): string[] {
  return [...servers.values()].map(({ url }) => url)
}

async function freePorts(count: number): Promise<number[]> {
  const listeners = Array.from({ length: count }, () => createServer())
  const ports = listeners.map(
    (listener) =>
      new Promise<number>((resolve) => {
        listener.listen(0, '127.0.0.1', () => {
          const address = listener.address()
          resolve(typeof address === 'object' && address ? address.port : 0)
        })
      }),
  )
  const found = await Promise.all(ports)
  for (const listener of listeners) await new Promise((resolve) => listener.close(resolve))
  return found
}
