/** What drbdsetup asks the module to do; drbdadm goes through the same verbs. */
import type { BlockDevice } from '../block.ts'
import { findDevice } from '../devices.ts'
import { detach, usableKib } from './disk.ts'
import { publish, publishDestroyed } from './events.ts'
import { closeEndpoint, disconnect, openEndpoint, startConnecting } from './link.ts'
import { emptyBitmap, slotOf, zero } from './metadata.ts'
import {
  type Connection,
  type Device,
  type DrbdKernel,
  isAttached,
  metadataOf,
  peerOf,
  type Resource,
} from './model.ts'
import { demote, isOpen } from './open.ts'
import { setDisk, settle } from './settle.ts'
import { isSyncing, startSync } from './sync.ts'

/** A refusal in the module's words with drbdsetup's exit code. */
export type Problem = { readonly text: string; readonly exit: number }

export function newResource(
  kernel: DrbdKernel,
  name: string,
  nodeId: number,
  options: Readonly<Record<string, string>>,
): Resource {
  const resource: Resource = {
    name,
    kernel,
    nodeId,
    role: 'Secondary',
    options,
    autoPromoted: false,
    suspendedByUser: false,
    suspended: 'no',
    forceIoFailures: false,
    mayPromote: false,
    score: 0,
    devices: new Map(),
    connections: new Map(),
    shown: new Map(),
    dumped: undefined,
  }
  kernel.resources.set(name, resource)
  return resource
}

export function newDevice(resource: Resource, volume: number, minor: number): Device {
  const device: Device = {
    resource,
    volume,
    minor,
    disk: 'Diskless',
    client: false,
    quorum: resource.kernel.version === 8,
    sizeKib: 0,
    backingPath: undefined,
    backing: undefined,
    meta: undefined,
    openers: new Set(),
    options: {},
    readKib: 0,
    writtenKib: 0,
    exposed: undefined,
  }
  resource.devices.set(volume, device)
  resource.kernel.minors.set(minor, device)
  for (const connection of resource.connections.values()) addPeerDevice(connection, volume, true)
  return device
}

export function addPeerDevice(connection: Connection, volume: number, hasBitmap: boolean): void {
  const known = connection.peerDevices.get(volume)
  if (known) {
    known.hasBitmap = hasBitmap
    return
  }
  connection.peerDevices.set(volume, {
    connection,
    volume,
    replication: connection.link ? 'Established' : 'Off',
    resyncSuspended: 'no',
    hasBitmap,
    sync: undefined,
    receivedKib: 0,
    sentKib: 0,
  })
}

export function newPeer(
  resource: Resource,
  fields: Pick<Connection, 'peerNodeId' | 'name' | 'local' | 'peer' | 'options'>,
): Connection {
  const connection: Connection = {
    resource,
    ...fields,
    state: 'StandAlone',
    link: undefined,
    hasPath: false,
    timer: undefined,
    discardMyData: false,
    gone: false,
    hidden: false,
    peerDevices: new Map(),
  }
  resource.connections.set(fields.peerNodeId, connection)
  const sorted = [...resource.connections].sort(([a], [b]) => a - b)
  resource.connections.clear()
  for (const [nodeId, each] of sorted) resource.connections.set(nodeId, each)
  openEndpoint(connection)
  return connection
}

export function connect(connection: Connection, discardMyData = false): void {
  if (connection.state !== 'StandAlone') return
  connection.discardMyData = discardMyData
  startConnecting(connection)
}

export function deletePeer(connection: Connection): void {
  disconnect(connection)
  connection.resource.connections.delete(connection.peerNodeId)
  closeEndpoint(connection)
  settle(connection.resource)
}

/** Forgets what a peer has missed: its slot is free again. */
export function forgetPeer(resource: Resource, nodeId: number): Problem | undefined {
  if (resource.connections.has(nodeId)) {
    return { text: `${resource.name}: Failure: (172) Peer is still configured`, exit: 10 }
  }
  for (const device of resource.devices.values()) {
    const md = metadataOf(device)
    const slot = md?.slots.get(nodeId)
    if (slot) {
      slot.uuid = zero
      slot.bitmap = emptyBitmap()
    }
  }
  return undefined
}

export function secondary(resource: Resource, force: boolean): Problem | undefined {
  if (resource.role === 'Secondary') return undefined
  if (isOpen(resource) && !force) {
    return {
      text: `${resource.name}: State change failed: (-12) Device is held open by someone`,
      exit: 11,
    }
  }
  if (isOpen(resource)) resource.forceIoFailures = true
  demote(resource)
  return undefined
}

/** Takes a resource down: peers hear of it, devices are free again. */
export function down(resource: Resource): Problem | undefined {
  if (isOpen(resource)) {
    return {
      text: `${resource.name}: State change failed: (-12) Device is held open by someone`,
      exit: 11,
    }
  }
  if (resource.role === 'Primary') demote(resource)
  for (const connection of [...resource.connections.values()]) {
    disconnect(connection)
    resource.connections.delete(connection.peerNodeId)
    closeEndpoint(connection)
    publish(resource)
  }
  for (const device of resource.devices.values()) {
    detach(device, device.client)
    resource.kernel.minors.delete(device.minor)
  }
  resource.kernel.resources.delete(resource.name)
  publishDestroyed(resource)
  return undefined
}

export function deleteDevice(device: Device): Problem | undefined {
  if (device.disk !== 'Diskless') {
    return { text: `${device.minor}: Failure: (126) Device has a disk attached`, exit: 10 }
  }
  for (const connection of device.resource.connections.values()) {
    connection.peerDevices.delete(device.volume)
  }
  device.resource.devices.delete(device.volume)
  device.resource.kernel.minors.delete(device.minor)
  settle(device.resource)
  return undefined
}

/** Grows to what all replicas have room for; what is new is copied from here. */
export function resize(device: Device, assumeClean: boolean): Problem | undefined {
  if (isSyncing(device)) {
    return { text: `${device.minor}: Failure: (130) Resize not allowed during resync.`, exit: 10 }
  }
  const roles = [device.resource, ...linked(device.resource)].map((each) => each.role)
  const isEight = device.resource.kernel.version === 8
  if (isEight && roles.length > 1 && !roles.includes('Primary')) {
    return { text: `${device.minor}: Failure: (131) Need one Primary node to resize.`, exit: 10 }
  }
  const replicas: Device[] = isAttached(device) ? [device] : []
  for (const connection of device.resource.connections.values()) {
    const peerDevice = connection.peerDevices.get(device.volume)
    if (!peerDevice) continue
    const peer = peerOf(peerDevice)
    if (peer && isAttached(peer)) replicas.push(peer)
  }
  const size = Math.min(...replicas.map((each) => room(each)))
  const old = device.sizeKib
  if (!Number.isFinite(size) || size <= old) return undefined
  for (const each of replicas) {
    const md = metadataOf(each)
    if (md) md.sizeKib = size
    each.sizeKib = size
  }
  for (const connection of device.resource.connections.values()) {
    const peer = connection.link?.resource.devices.get(device.volume)
    if (!peer) continue
    peer.sizeKib = size
    if (!assumeClean && isAttached(device) && isAttached(peer)) copyAdded(device, peer, size - old)
  }
  settle(device.resource)
  return undefined
}

const linked = (resource: Resource): Resource[] =>
  [...resource.connections.values()].flatMap((each) => each.link?.resource ?? [])

function copyAdded(device: Device, peer: Device, kib: number): void {
  const md = metadataOf(device)
  if (!md || device.disk !== 'UpToDate') return
  slotOf(md, peer.resource.nodeId).bitmap.extraKib += kib
  startSync(device, peer, peer.resource.nodeId, false)
}

function room(device: Device): number {
  return device.backing && device.meta ? usableKib(device.backing, device.meta) : 0
}

/** `new-current-uuid --clear-bitmap`: all that are connected hold the same from now on. */
export function newCurrentUuid(device: Device, clearBitmap: boolean): Problem | undefined {
  const replicas = [device]
  for (const connection of device.resource.connections.values()) {
    const peer = connection.link?.resource.devices.get(device.volume)
    if (peer && isAttached(peer)) replicas.push(peer)
  }
  const current = device.resource.kernel.machine.shared.random.generation()
  for (const each of replicas) {
    const md = metadataOf(each)
    if (!md) continue
    md.current = current
    if (!clearBitmap) continue
    for (const other of replicas) {
      const slot = slotOf(md, other.resource.nodeId)
      slot.uuid = zero
      slot.bitmap = emptyBitmap()
    }
    setDisk(each, 'UpToDate')
  }
  settle(device.resource)
  return undefined
}

/** The data and metadata devices behind two paths of the configuration. */
export function findBacking(
  kernel: DrbdKernel,
  path: string,
  metaPath: string,
): { data: BlockDevice | undefined; meta: BlockDevice | undefined } {
  const data = findDevice(kernel.machine, path)
  return { data, meta: metaPath === 'internal' ? data : findDevice(kernel.machine, metaPath) }
}
