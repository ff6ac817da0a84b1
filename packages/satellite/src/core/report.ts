/** What is told about one resource: sizes and devices from the inventory, DRBD's from its events. */
import type {
  DesiredResource,
  DesiredRollback,
  ObservedConnection,
  ObservedResource,
  ObservedSnapshot,
  PresentResource,
  StepFailure,
} from '@varve/events'
import { formatKey } from '../format/names.ts'
import { type DeviceReader, geometryOf, type SeenVolume } from '../geometry/report.ts'
import { cachedDevice } from '../layers/cache/names.ts'
import { cachedMappingOf } from '../layers/cache/plan.ts'
import { cachedKib } from '../layers/cache/steps.ts'
import { isSyncing, type KernelConnection, type KernelResource } from '../layers/drbd/parse.ts'
import { mappingDevice } from '../layers/luks/names.ts'
import { mappingOf } from '../layers/luks/plan.ts'
import { isTooSmall } from '../layers/luks/steps.ts'
import { remoteOf } from '../layers/nvme/initiator.ts'
import { namespaceId } from '../layers/nvme/names.ts'
import { hasFailed, snapshotState } from '../snapshots/plan.ts'
import { providerOf } from '../storage/table.ts'
import { reportCopies } from '../transfer/report.ts'
import type { TransferViews } from '../transfer/views.ts'
import type { BackingObject, CachedMapping, CryptMapping, Inventory } from './inventory.ts'

/** Where the satellite stands with a document. */
export type Progress = {
  readonly status: ObservedResource['status']
  readonly applied: ObservedResource['applied']
  readonly failure?: StepFailure
  readonly attempts?: number
  readonly retryAt?: number
  /** It waits for something that comes about by itself; nothing runs. */
  readonly isWaiting?: true
}

export type Source = Pick<ObservedResource, 'v' | 'node' | 'boot' | 'at'>

export function reportResource(
  source: Source,
  document: DesiredResource,
  inventory: Inventory | undefined,
  kernel: KernelResource | undefined,
  { isWaiting, ...progress }: Progress,
  transfers: TransferViews = new Map(),
  deviceOf: DeviceReader = () => undefined,
): ObservedResource {
  const isIdle = isWaiting === true || progress.status !== 'applying'
  // What could not be killed may still be at work.
  const isHung = progress.failure?.problem === 'tool-hangs'
  const present = document.state === 'present' ? document : undefined
  return {
    ...source,
    resource: document.resource,
    ...progress,
    ...(kernel ? kernelState(kernel) : {}),
    volumes: document.volumes.flatMap((volume) => {
      const observed =
        document.nvme?.role === 'initiator'
          ? reportRemote(document, volume, inventory)
          : reportVolume(document.resource, volume, inventory, kernel)
      if (!observed || !(present || observed.told.backing)) return []
      return [{ ...observed.told, ...geometryOf(observed, deviceOf) }]
    }),
    connections: present && kernel ? connectionsOf(present, kernel) : [],
    ...(present?.snapshots && inventory
      ? { snapshots: reportSnapshots(present, inventory, progress, transfers) }
      : {}),
    ...(isIdle && !isHung && document.volumes.some(({ storage }) => storage?.shared)
      ? { idleAt: document.from }
      : {}),
    ...(present?.inactive !== undefined && progress.status === 'applied'
      ? { inactive: present.inactive }
      : {}),
    ...(present?.rollback ? reportRollback(present.rollback, progress) : {}),
  }
}

/** Why it cannot even be stopped here; later on a failure is one attempt of many. */
function reportRollback(
  { operation, step }: DesiredRollback,
  { status, failure }: Progress,
): Pick<ObservedResource, 'rollback'> {
  if (step !== 'stop' || status !== 'failed' || !failure) return {}
  return { rollback: { operation, problem: failure.stderr.trim() || `${failure.step} failed` } }
}

/** What is still being worked on is left out, but that one has failed is final. */
function reportSnapshots(
  document: PresentResource,
  inventory: Inventory,
  progress: Progress,
  transfers: TransferViews,
): ObservedSnapshot[] {
  return (document.snapshots ?? []).flatMap((wanted) => {
    const isFinal = progress.status !== 'applying' || hasFailed(document, wanted, inventory)
    const state = isFinal ? snapshotState(document, wanted, inventory) : undefined
    return reportCopies(wanted, state, transfers) ?? []
  })
}

function kernelState(
  kernel: KernelResource,
): Pick<ObservedResource, 'role' | 'suspended' | 'quorum'> {
  const { role, suspended } = kernel
  const quorums = [...kernel.volumes.values()].flatMap((v) =>
    v.quorum === undefined ? [] : [v.quorum],
  )
  return {
    ...(role === undefined ? {} : { role: knownRole(role) }),
    ...(suspended === undefined || suspended === 'no' ? {} : { suspended }),
    ...(quorums.length === 0 ? {} : { quorum: quorums.every((q) => q) }),
  }
}

function knownRole(role: string): 'Primary' | 'Secondary' | 'Unknown' {
  return role === 'Primary' || role === 'Secondary' ? role : 'Unknown'
}

/** What is on another node: its device here, once there is one. */
function reportRemote(
  document: DesiredResource,
  { number }: PresentResource['volumes'][number],
  inventory: Inventory | undefined,
): SeenVolume {
  const seen = inventory && remoteOf(document, inventory)
  const found = seen?.devices.find(({ id }) => id === namespaceId(number))
  return {
    told: { number, ...(found ? { device: found.path, deviceKib: found.sizeKib } : {}) },
    lower: found?.path,
  }
}

function reportVolume(
  resource: string,
  volume: PresentResource['volumes'][number],
  inventory: Inventory | undefined,
  kernel: KernelResource | undefined,
): SeenVolume {
  const { storage } = volume
  const key = storage && providerOf(storage.provider)?.locate(storage).key
  const object = key === undefined ? undefined : inventory?.objects.get(key)
  const found = kernel?.volumes.get(volume.number)
  const looked = inventory?.drbd.resources.get(resource)
  const mapping = inventory && mappingOf(volume, inventory)
  const cached = inventory && cachedMappingOf(volume, inventory)
  const top = volume.luks ? mapping : cached
  const mapped = volume.luks ? mappingDevice(storage?.name ?? '') : cachedDevice(volume)
  const isMapped = volume.luks !== undefined || volume.cache !== undefined
  const own = isMapped ? top && mapped : object?.device
  const ownKib = isMapped ? top?.sizeKib : (object?.deviceKib ?? object?.sizeKib)
  const device = volume.drbd ? found && `/dev/drbd${found.minor}` : own
  const deviceKib = volume.drbd
    ? drbdSize(found?.sizeKib, looked?.volumes.get(volume.number)?.sizeKib)
    : ownKib
  const done = kernel && syncDone(volume.number, kernel)
  const isLost = volume.drbd && inventory?.drbd.lostDisks.has(`${resource}/${volume.number}`)
  const isFormatted = volume.format && storage && inventory?.formatted.has(formatKey(storage))
  const told = {
    number: volume.number,
    ...(device === undefined ? {} : { device }),
    ...(object?.device === undefined ? {} : { backing: object.device }),
    ...(object
      ? {
          backingKib: usableKib(volume, object, mapping, cached),
          allocatedKib: object.allocatedKib,
        }
      : {}),
    ...(deviceKib === undefined ? {} : { deviceKib }),
    ...(found ? { disk: found.disk } : {}),
    ...(isLost ? { diskFailed: true } : {}),
    ...(cached && 'use' in cached && cached.use ? { cache: cached.use } : {}),
    ...(isFormatted ? { formatted: true } : {}),
    ...(done === undefined ? {} : { done }),
  }
  return { told, lower: own }
}

/** Storage has grown when what encrypts or caches it has grown, too: only then may DRBD. */
function usableKib(
  { storage }: PresentResource['volumes'][number],
  object: BackingObject,
  mapping: CryptMapping | undefined,
  cached: CachedMapping | undefined,
): number {
  // What is to become smaller has done so when all of it has.
  if (storage?.shrink) return object.sizeKib
  const deviceKib = object.deviceKib ?? object.sizeKib
  if (cached && cached.sizeKib < cachedKib(deviceKib)) return cached.sizeKib
  if (!mapping || !isTooSmall(mapping, object.deviceKib ?? object.sizeKib)) return object.sizeKib
  return mapping.offsetKib + mapping.sizeKib
}

/** 8.4 tells no event when a device has grown: what the last look saw may be newer. */
function drbdSize(told: number | undefined, seen: number | undefined): number | undefined {
  if (told === undefined) return undefined
  return Math.max(told, seen ?? 0)
}

/** Percent of the resync whose target this volume is: the slowest, when there are several. */
function syncDone(number: number, kernel: KernelResource): number | undefined {
  const sizeKib = kernel.volumes.get(number)?.sizeKib
  const percents = [...kernel.connections.values()].flatMap((connection) => {
    const peer = connection.volumes.get(number)
    if (peer?.replication !== 'SyncTarget') return []
    return [doneOf(peer, sizeKib) ?? 0]
  })
  return percents.length === 0 ? undefined : Math.min(...percents)
}

/** DRBD's own figure, else from the blocks still to go: 8.4's events have no percentage. */
function doneOf(
  peer: { readonly done?: number; readonly outOfSyncKib?: number },
  sizeKib: number | undefined,
): number | undefined {
  if (peer.done !== undefined) return peer.done
  if (peer.outOfSyncKib === undefined || !sizeKib) return undefined
  return Math.max(0, Math.floor((1 - peer.outOfSyncKib / sizeKib) * 10_000) / 100)
}

/** By document, so that a peer that the kernel does not list is told as StandAlone too. */
function connectionsOf(document: PresentResource, kernel: KernelResource): ObservedConnection[] {
  const { drbd } = document
  if (!drbd) return []
  const byName = new Map(drbd.peers.map((peer) => [peer.uname, peer]))
  const only = drbd.peers.length === 1 ? drbd.peers[0] : undefined
  const found = new Map<string, KernelConnection>()
  for (const connection of kernel.connections.values()) {
    const named = byName.get(connection.name ?? '')
    // 8.4 calls its only peer `peer`, or nothing.
    const peer = named ?? drbd.peers.find((p) => p.nodeId === connection.nodeId) ?? only
    if (peer) found.set(peer.node, connection)
  }
  return drbd.peers
    .filter((peer) => drbd.self.kind === 'diskful' || peer.kind === 'diskful')
    .map((peer) => connectionOf(peer.node, found.get(peer.node), kernel))
}

function connectionOf(
  peer: string,
  connection: KernelConnection | undefined,
  kernel: KernelResource,
): ObservedConnection {
  if (!connection) return { peer, state: 'StandAlone', volumes: [] }
  const volumes = [...connection.volumes.values()].toSorted((a, b) => a.number - b.number)
  return {
    peer,
    state: connection.state,
    ...(connection.role === undefined ? {} : { peerRole: connection.role }),
    volumes: volumes.map((volume) => {
      const done = isSyncing(volume.replication)
        ? doneOf(volume, kernel.volumes.get(volume.number)?.sizeKib)
        : undefined
      return {
        number: volume.number,
        replication: volume.replication,
        peerDisk: volume.peerDisk,
        ...(done === undefined ? {} : { done }),
        ...(volume.outOfSyncKib === undefined ? {} : { outOfSyncKib: volume.outOfSyncKib }),
      }
    }),
  }
}

/** The same report without what merely moves: two that are equal here are the same state. */
export function stateOf(report: ObservedResource): string {
  return JSON.stringify({
    ...report,
    at: 0,
    volumes: report.volumes.map(({ allocatedKib: _a, done: _d, ...rest }) => rest),
    snapshots: report.snapshots?.map(({ doneKib: _d, sends, ...rest }) => ({
      ...rest,
      sends: sends?.map(({ doneKib: _s, ...send }) => send),
    })),
    connections: report.connections.map((connection) => ({
      ...connection,
      volumes: connection.volumes.map(({ done: _d, outOfSyncKib: _o, ...rest }) => rest),
    })),
  })
}
