/** The satellite of one node: documents in, observations out, the machine in between. */
import { randomUUID } from 'node:crypto'
import type { NatsConnection } from '@nats-io/transport-node'
import {
  type Capabilities,
  type DesiredResource,
  type Heartbeat,
  type ObservedDrift,
  type ObservedNode,
  type ObservedPools,
  type Subjects,
  subjectsOf,
} from '@varve/events'
import { findCapabilities, prepareDrbd } from './capabilities.ts'
import { findDrift } from './core/drift.ts'
import type { Inventory } from './core/inventory.ts'
import { measurePool } from './core/measure.ts'
import { reportResource, stateOf } from './core/report.ts'
import { followDocuments } from './documents.ts'
import { createDrbdTable, type DrbdTable } from './drbd-table.ts'
import type { Host } from './host/host.ts'
import { drbdVersion } from './inventory.ts'
import type { Clock, Log } from './ports.ts'
import { PositionKeeper } from './positions.ts'
import { createPublisher, type Publisher } from './publish.ts'
import { type Entry, Reconciler } from './reconciler.ts'
import { onReconnect } from './reconnect.ts'
import { watchDrbd, watchProgress } from './watch.ts'

export const satelliteVersion = '0.1.0'

export type SatelliteOptions = {
  /** Made by the caller, with `maxReconnectAttempts: -1`: the satellite goes on without NATS. */
  readonly connection: NatsConnection
  readonly cluster: string
  readonly node: string
  readonly host: Host
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly heartbeatMs?: number
  /** Pools are measured and documents are checked again this often, milliseconds. */
  readonly refreshMs?: number
  readonly parallel?: number
  /** Names this start of the satellite; a random one unless a simulation says otherwise. */
  readonly boot?: string
}

/** Runs until the signal is aborted; then ends the running steps and returns. */
export async function runSatellite(options: SatelliteOptions): Promise<void> {
  const { host, log, signal, clock } = options
  await prepareDrbd(host)
  const satellite = assemble(options)
  await satellite.positions.load()
  await satellite.announce()
  log.info({ node: options.node, boot: satellite.boot }, 'satellite started')
  await Promise.all([
    followDocuments(satellite.documents),
    // One look for all documents that were there before us, not one each.
    satellite.caughtUp.then(() => satellite.reconciler.run()),
    watchDrbd({ ...options, table: satellite.table, onChange: satellite.onDrbd }),
    watchProgress({ ...options, table: satellite.table, onChange: satellite.onDrbd }),
    beat(satellite),
    every(options.refreshMs ?? 60_000, clock, signal, satellite.refresh),
    answerRepublish(satellite),
    followConnection(satellite),
  ])
  log.info({ node: options.node }, 'satellite stopped')
}

type Satellite = ReturnType<typeof assemble>

function assemble(options: SatelliteOptions) {
  const { connection, cluster, node, host, clock, log, signal } = options
  const subjects = subjectsOf(cluster)
  const boot = options.boot ?? randomUUID()
  const table = createDrbdTable()
  const positions = new PositionKeeper(host, log)
  const publisher = createPublisher({ connection, clock, log, signal })
  const source = () => ({ v: 1 as const, node, boot, at: clock.now() })
  const report = { publisher, subjects, source, table }
  const reconciler = new Reconciler({
    host,
    clock,
    log,
    signal,
    table,
    parallel: options.parallel ?? 4,
    beforeRound: () => positions.save(),
    onEntry: (entry) => publishEntry(report, entry, reconciler.inventory),
    onInventory: (inventory) => publishInventory(report, reconciler, inventory),
  })
  const caughtUp = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => caughtUp.resolve(), { once: true })
  let capabilities: Capabilities | undefined
  let connected = new AbortController()
  const announce = async () => {
    capabilities = await findCapabilities(host)
    const message: ObservedNode = {
      ...source(),
      uname: host.uname,
      version: satelliteVersion,
      capabilities,
    }
    const state = JSON.stringify({ ...message, at: 0 })
    publisher.offer(subjects.observed(node, 'node', node), message, state)
  }
  return {
    ...options,
    subjects,
    boot,
    table,
    positions,
    publisher,
    reconciler,
    announce,
    caughtUp: caughtUp.promise,
    /** A module that came or went changes what the node can do; all else is measured anew. */
    refresh: async () => {
      if ((await drbdVersion(host)) !== capabilities?.drbdKernel) await announce()
      reconciler.wake()
    },
    onDrbd: (names: readonly string[], matters: boolean) => {
      for (const name of names) {
        const entry = reconciler.entries.get(name)
        if (entry) publishEntry(report, entry, reconciler.inventory)
        reconciler.poke(name)
      }
      if (matters) reconciler.wake()
    },
    onReconnect: () => {
      log.info('connected to NATS again')
      connected.abort()
      connected = new AbortController()
      publisher.republish()
    },
    documents: {
      connected: () => connected.signal,
      connection,
      subjects,
      node,
      clock,
      log,
      signal,
      onResource: (document: DesiredResource) => judge(document, positions, reconciler, log),
      onNode: (document: Parameters<Reconciler['setNode']>[0]) => {
        const known = reconciler.node
        const isOlder = known && (document.term < known.term || document.from < known.from)
        if (!isOlder) reconciler.setNode(document)
      },
      onCaughtUp: () => caughtUp.resolve(),
    },
  }
}

function judge(
  document: DesiredResource,
  positions: PositionKeeper,
  reconciler: Reconciler,
  log: Log,
): void {
  const { resource, term, from } = document
  const verdict = positions.judge(resource, document)
  if (verdict === 'newer') reconciler.setDocument(document)
  if (verdict === 'newer' || verdict === 'same') return
  log.warn({ resource, term, from, verdict }, 'a document is older than one that was acted on')
  if (verdict === 'older-than-remembered') {
    reconciler.setDocument(document)
    reconciler.halt(
      `the log went backwards: the document of ${resource} at term ${term}, sequence ${from} is older than one that this node has acted on`,
    )
  }
}

type Report = {
  publisher: Publisher
  subjects: Subjects
  source: () => { v: 1; node: string; boot: string; at: number }
  table: DrbdTable
}

function publishEntry(report: Report, entry: Entry, inventory: Inventory | undefined): void {
  const { document, progress } = entry
  const { resource } = document
  // Events are newer than any inventory, as long as somebody tells them.
  const kernel = report.table.isLive()
    ? report.table.get(resource)
    : inventory?.drbd.resources.get(resource)
  const message = reportResource(report.source(), document, inventory, kernel, progress)
  const subject = report.subjects.observed(message.node, 'resource', resource)
  report.publisher.offer(subject, message, stateOf(message))
}

/** Pools and drift after every look; resources whose sizes moved with them. */
function publishInventory(report: Report, reconciler: Reconciler, inventory: Inventory): void {
  const source = report.source()
  const { node } = source
  const pools: ObservedPools = {
    ...source,
    pools: (reconciler.node?.pools ?? []).map((pool) => measurePool(pool, inventory)),
  }
  // Free space moves all the time: only pools that come, go or break are a change of state.
  const state = JSON.stringify(pools.pools.map(({ pool, error }) => [pool, error]))
  report.publisher.offer(report.subjects.observed(node, 'pools', node), pools, state)
  const documents = [...reconciler.entries.values()].map((entry) => entry.document)
  const drift: ObservedDrift = { ...source, drift: findDrift(documents, inventory) }
  const driftSubject = report.subjects.observed(node, 'drift', node)
  report.publisher.offer(driftSubject, drift, JSON.stringify(drift.drift))
  for (const entry of reconciler.entries.values()) publishEntry(report, entry, inventory)
}

async function beat(satellite: Satellite): Promise<void> {
  const { connection, subjects, node, boot, clock, signal, heartbeatMs = 1_000 } = satellite
  await every(heartbeatMs, clock, signal, async () => {
    const message: Heartbeat = { node, boot, at: clock.now() }
    // Old heartbeats are worth nothing: none is kept for a server that is away.
    if (!connection.isClosed())
      connection.publish(subjects.heartbeat(node), JSON.stringify(message))
  })
}

async function every(
  ms: number,
  clock: Clock,
  signal: AbortSignal,
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    await work()
    await clock.sleep(ms, signal)
  }
}

async function answerRepublish(satellite: Satellite): Promise<void> {
  const { connection, subjects, node, signal, publisher } = satellite
  const mine = new Set([subjects.republish(node), subjects.republish('*')])
  const subscription = connection.subscribe(subjects.republish('*'))
  signal.addEventListener('abort', () => subscription.unsubscribe(), { once: true })
  for await (const message of subscription) {
    if (mine.has(message.subject)) publisher.republish()
  }
}

/** After an outage the server may have lost what it had: we tell all, and read all, again. */
function followConnection(satellite: Satellite): Promise<void> {
  const { connection, signal, publisher, log } = satellite
  return onReconnect(connection, signal, () => {
    log.info('connected to NATS again')
    publisher.republish()
  })
}
