import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NatsConnection } from '@nats-io/transport-node'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { natsEdge } from '../../packages/controller/src/edge/nats.ts'
import { machineTime } from '../../packages/controller/src/edge/time.ts'
import { acquireLease, type Lease } from '../../packages/controller/src/lead/lease.ts'
import { jetStreamLease } from '../../packages/controller/src/lead/lease-jetstream.ts'
import { ensureStreams } from '../../packages/controller/src/log/stream.ts'
import { connectNats } from '../../packages/controller/src/nats/connect.ts'
import { type EmbeddedNats, startEmbedded } from '../../packages/controller/src/nats/embedded.ts'
import { findNatsServer } from '../../packages/controller/src/nats/server.ts'

let dataDir: string
let nats: EmbeddedNats
const connections: NatsConnection[] = []
let cluster = 0

const leaseOf = (connection: NatsConnection) =>
  jetStreamLease(natsEdge({ connection, cluster: 'lease', replicas: 1 }).bus, 'lease')

beforeAll(async () => {
  const server = await findNatsServer({ env: process.env, log: console.log })
  dataDir = await mkdtemp(join(tmpdir(), 'varve-lease-'))
  nats = await startEmbedded({ server, dataDir })
  const admin = await connect('admin')
  await ensureStreams(admin, { cluster: 'lease', replicas: 1 })
})

afterEach(async () => {
  for (const connection of connections.splice(1)) await connection.close()
  // Each test begins with a lease that nobody holds.
  const store = leaseOf(connections[0] as NatsConnection)
  const current = await store.read()
  if (typeof current === 'string') return
  await store.write({ ...current.value, released: true }, current.sequence, 1_000)
})

afterAll(async () => {
  for (const connection of connections) await connection.close()
  await nats?.stop()
  await rm(dataDir, { recursive: true, force: true })
})

async function connect(name: string): Promise<NatsConnection> {
  const connection = await connectNats({ servers: nats.url, name })
  connections.push(connection)
  return connection
}

/** A controller with its own connection. */
async function controller(holder: string) {
  const connection = await connect(holder)
  const instance = `${holder}-${cluster++}`
  const store = leaseOf(connection)
  const stop = new AbortController()
  const acquire = () => acquireLease({ store, clock: machineTime, holder, instance }, stop.signal)
  return { connection, acquire, stop }
}

/** How long it takes, ms; bounded by the test's own time-out. */
async function duration(wait: Promise<Lease>): Promise<{ lease: Lease; tookMs: number }> {
  const from = performance.now()
  const lease = await wait
  return { lease, tookMs: performance.now() - from }
}

it('goes to a standby within about two seconds of the silent death of its holder', async () => {
  const alpha = await controller('alpha')
  const bravo = await controller('bravo')
  const held = await alpha.acquire()
  const waiting = bravo.acquire()
  // As after SIGKILL: no release, nothing more is ever sent.
  await alpha.connection.close()
  const { lease, tookMs } = await duration(waiting)
  console.log(`take-over after death: ${Math.round(tookMs)} ms`)
  expect(lease.isHeld()).toBe(true)
  expect(held.isHeld()).toBe(false)
  await lease.release()
})

it('is handed over at once by a clean stop', async () => {
  const alpha = await controller('alpha')
  const bravo = await controller('bravo')
  const held = await alpha.acquire()
  const waiting = bravo.acquire()
  await bravo.connection.flush()
  await held.release()
  const { lease, tookMs } = await duration(waiting)
  console.log(`take-over after release: ${Math.round(tookMs)} ms`)
  // Without the hint of the release it would be the whole expiry.
  expect(tookMs).toBeLessThan(1_500)
  await lease.release()
})

it('is never held by two of four that come, go and die', async () => {
  const holders = new Set<string>()
  let terms = 0
  async function compete(name: string): Promise<void> {
    const { acquire, connection } = await controller(name)
    for (let round = 0; round < 3; round++) {
      const lease = await acquire()
      expect([...holders]).toEqual([])
      holders.add(name)
      terms++
      await new Promise((resolve) => setImmediate(resolve))
      expect(lease.isHeld()).toBe(true)
      holders.delete(name)
      if (round === 2) await connection.close()
      else await lease.release()
    }
  }
  await Promise.all(['alpha', 'bravo', 'charlie', 'delta'].map(compete))
  expect(terms).toBe(12)
})

it('survives a restart of the server within its duration', async () => {
  const alpha = await controller('alpha')
  const held = await alpha.acquire()
  const { port } = nats
  await nats.stop()
  const server = await findNatsServer({ env: process.env, log: console.log })
  nats = await startEmbedded({ server, dataDir, port })
  const renewed = await connect('looker')
  const store = leaseOf(renewed)
  const before = await store.read()
  const deadline = performance.now() + 10_000
  for (let seen = before; JSON.stringify(seen) === JSON.stringify(before); ) {
    expect(performance.now()).toBeLessThan(deadline)
    seen = await store.read()
  }
  expect(held.isHeld()).toBe(true)
  await held.release()
})
