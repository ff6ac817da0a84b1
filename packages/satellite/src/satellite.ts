/** The satellite of one node: documents in, observations out, the machine in between. */
import { randomUUID } from 'node:crypto'
import type { NatsConnection } from '@nats-io/transport-node'
import {
  type DesiredNode,
  type DesiredResource,
  type Heartbeat,
  type Props,
  subjectsOf,
} from '@varve/events'
import { createAnnouncer } from './announce.ts'
import { type Bus, natsBus } from './bus.ts'
import { prepareDrbd } from './capabilities.ts'
import { measurePool } from './core/measure.ts'
import { watchDevices } from './devices/watch.ts'
import type { DocumentsFollower } from './documents.ts'
import { createDrbdTable, type DrbdTable } from './drbd-table.ts'
import { createFileKeeper, type FileKeeper } from './files/keeper.ts'
import { createGeometryTable } from './geometry/table.ts'
import type { Host } from './host/host.ts'
import { removeLeftovers } from './leftovers.ts'
import { publishDevicePools, publishEntry, publishFiles, publishInventory } from './observe.ts'
import type { Clock, Log } from './ports.ts'
import { PositionKeeper } from './positions.ts'
import { createProvisioner, type Provisioner } from './provision/provisioner.ts'
import { createPublisher } from './publish.ts'
import { Reconciler } from './reconciler.ts'
import { loadNodeKey, type NodeKey } from './secrets/node-key.ts'
import { guardSuspensions, liftSuspensions } from './snapshots/guard.ts'
import { createTransfers, type Transfers } from './transfer/transfers.ts'
import { watchDrbd, watchProgress } from './watch.ts'

/** While something is wrong with a pool, it is looked at this often. */
const ailingMs = 5_000

type OwnOptions = {
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
  /** Told of the properties of the node. */
  readonly onProps?: (props: Props) => void
  /** Directories that external files may be written into; none if not given. */
  readonly allowFiles?: readonly string[]
  /** Names this start of the satellite; a random one unless a simulation says otherwise. */
  readonly boot?: string
}

export type SatelliteOptions = OwnOptions & {
  /** Made by the caller, with `maxReconnectAttempts: -1`: the satellite goes on without NATS. */
  readonly connection: NatsConnection
  /** Where the server offers JetStream's API to us, when that is another account's. */
  readonly apiPrefix?: string | undefined
}

/** Runs until the signal is aborted; then ends the running steps and returns. */
export function runSatellite(options: SatelliteOptions): Promise<void> {
  return runSatelliteOn(natsBus(options), options)
}

/** As above, on any bus: the simulation has one in memory. */
export async function runSatelliteOn(bus: Bus, own: OwnOptions): Promise<void> {
  const options = { ...own, bus }
  const table = createDrbdTable()
  let wake = () => {}
  // First of all: a satellite before this one may have left input and output held.
  const guard = {
    ...options,
    isSuspended: (name: string) => table.get(name)?.suspended?.includes('user') ?? false,
    onLifted: () => wake(),
  }
  const serving = serve(options, table, (reconciler) => {
    wake = () => reconciler.wake()
  })
  try {
    await Promise.all([serving, guardSuspensions(guard)])
  } finally {
    await liftSuspensions(guard)
  }
}

type Options = OwnOptions & { readonly bus: Bus }

async function serve(
  options: Options,
  table: DrbdTable,
  onReconciler: (reconciler: Reconciler) => void,
): Promise<void> {
  const { host, log } = options
  await removeLeftovers(host)
  await prepareDrbd(host)
  const satellite = assemble(options, await loadNodeKey(host, log), table)
  onReconciler(satellite.reconciler)
  await satellite.positions.load()
  await satellite.announce()
  log.info({ node: options.node, boot: satellite.boot }, 'satellite started')
  await Promise.all([
    satellite.bus.followDocuments(satellite.documents),
    // One look for all documents that were there before us, not one each.
    satellite.caughtUp.then(() => satellite.reconciler.run()),
    satellite.caughtUp.then(() => satellite.provisioner.run()),
    satellite.caughtUp.then(() => satellite.files.run()),
    watchDrbd({ ...options, table: satellite.table, onChange: satellite.onDrbd }),
    watchProgress({ ...options, table: satellite.table, onChange: satellite.onDrbd }),
    watchDevices(satellite),
    satellite.geometries.run(),
    beat(satellite),
    refresh(satellite),
    // After an outage the server may have lost what it had: we tell all, and read all, again.
    satellite.bus.follow(satellite.publisher.republish),
  ])
  await satellite.transfers.ended()
  log.info({ node: options.node }, 'satellite stopped')
}

type Satellite = ReturnType<typeof assemble>

function assemble(options: Options, key: NodeKey, table: DrbdTable) {
  const { bus, cluster, node, host, clock, log, signal } = options
  const subjects = subjectsOf(cluster)
  const boot = options.boot ?? randomUUID()
  const positions = new PositionKeeper(host, log)
  const publisher = createPublisher({ send: bus.send, clock, signal })
  bus.onRepublish(publisher.republish)
  const source = () => ({ v: 1 as const, node, boot, at: clock.now() })
  const transfers = createTransfers({
    ...options,
    key,
    beforeStart: () => positions.save(),
    onChange: (resource) => tell(resource),
    onEnd: () => reconciler.wake(),
  })
  const told = new WeakMap()
  const geometries = createGeometryTable({ ...options, onChange: (resource) => tell(resource) })
  const views = { table, transfers: transfers.views, geometries }
  const report = { publisher, subjects, source, ...views, told }
  const reconciler = new Reconciler({
    host,
    clock,
    log,
    signal,
    table,
    parallel: options.parallel ?? 4,
    unseal: key.unseal,
    receiving: transfers.receiving,
    beforeRound: () => positions.save(),
    onEntry: (entry) => publishEntry(report, entry, reconciler.inventory),
    onInventory: (inventory) => publishInventory(report, reconciler, inventory),
  })
  const tell = (resource: string) => {
    const entry = reconciler.entries.get(resource)
    if (entry) publishEntry(report, entry, reconciler.inventory)
  }
  const isHalted = () => reconciler.isHalted
  const onOutcomes = publishDevicePools.bind(undefined, report)
  const provisioner = createProvisioner({ ...options, isHalted, onOutcomes })
  const onFiles = publishFiles.bind(undefined, report)
  const files = createFileKeeper({ ...options, isHalted, onFiles })
  const caughtUp = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => caughtUp.resolve(), { once: true })
  const announcer = createAnnouncer(options, { publisher, subjects, source, key })
  return {
    ...options,
    subjects,
    boot,
    source,
    table,
    positions,
    publisher,
    transfers,
    geometries,
    reconciler,
    provisioner,
    files,
    announce: announcer.announce,
    caughtUp: caughtUp.promise,
    /** A module that came or went changes what the node can do; all else is measured anew. */
    refresh: async () => {
      await announcer.refresh()
      reconciler.wake()
    },
    onDrbd: followDrbd(tell, reconciler),
    documents: documentsOf(options, {
      ...{ positions, reconciler, provisioner, files, transfers, caughtUp },
    }),
  }
}

type Followers = {
  readonly positions: PositionKeeper
  readonly reconciler: Reconciler
  readonly provisioner: Provisioner
  readonly files: FileKeeper
  readonly transfers: Transfers
  readonly caughtUp: PromiseWithResolvers<void>
}

/** Where documents come from, and who is told of them. */
function documentsOf({ log, onProps }: Options, followers: Followers): DocumentsFollower {
  const { positions, reconciler, provisioner, files, transfers, caughtUp } = followers
  return {
    onResource: (document) => {
      judge(document, positions, reconciler, log)
      if (reconciler.isCurrent(document)) transfers.follow(document)
    },
    onNode: (document) => {
      if (isOlder(document, reconciler.node)) return
      reconciler.setNode(document)
      provisioner.setNode(document)
      files.setNode(document)
      onProps?.(document.props)
    },
    onCaughtUp: () => {
      positions.complete()
      caughtUp.resolve()
    },
  }
}

/** Those that DRBD's events are about are told of, and looked at if it matters. */
function followDrbd(tell: (resource: string) => void, reconciler: Reconciler) {
  return (names: readonly string[], matters: boolean) => {
    for (const name of names) {
      tell(name)
      reconciler.poke(name)
    }
    if (matters) reconciler.recheck(names)
  }
}

function isOlder(document: DesiredNode, known: DesiredNode | undefined): boolean {
  return known !== undefined && (document.term < known.term || document.from < known.from)
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

async function beat(satellite: Satellite): Promise<void> {
  const { bus, subjects, node, boot, clock, signal, heartbeatMs = 1_000 } = satellite
  await every(heartbeatMs, clock, signal, async () => {
    const message: Heartbeat = { node, boot, at: clock.now() }
    bus.send(subjects.heartbeat(node), JSON.stringify(message))
  })
}

/** Whoever repairs a pool wants to see soon that it is well, whenever it has become ill. */
async function refresh({ refreshMs = 60_000, ...satellite }: Satellite): Promise<void> {
  const { clock, signal, reconciler } = satellite
  while (!signal.aborted) {
    await satellite.refresh()
    let left = refreshMs
    do {
      await clock.sleep(Math.min(left, ailingMs), signal)
      left -= ailingMs
    } while (left > 0 && !signal.aborted && !isAiling(reconciler))
  }
}

function isAiling({ node, inventory }: Reconciler): boolean {
  if (!node || !inventory) return false
  return node.pools.some((pool) => measurePool(pool, inventory).problem !== undefined)
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
