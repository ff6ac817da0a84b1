/** Resync: bringing one replica to what another one has, with progress by the clock. */
import { allocate } from '../block.ts'
import { publishHelper } from './events.ts'
import { type Bitmap, clearSlot, outOfSyncKib, sameGeneration, slotOf, zero } from './metadata.ts'
import {
  type Device,
  metadataOf,
  type PeerDevice,
  peerDeviceTo,
  peerOf,
  type Sync,
} from './model.ts'
import { setDisk, settle } from './settle.ts'

/**
 * Starts to copy from `source` to `target`. `slot`: node-id whose bitmap in the source's metadata
 * says what is to be copied. `full`: everything, and the target gets a generation to resume from.
 */
export function startSync(source: Device, target: Device, slot: number, full: boolean): void {
  const md = metadataOf(source)
  const targetMd = metadataOf(target)
  if (!md || !targetMd) return
  const own = slotOf(md, target.resource.nodeId)
  if (full) {
    own.bitmap = { all: true, blocks: new Set(), extraKib: 0 }
    own.uuid = source.resource.kernel.machine.shared.random.generation()
    targetMd.current = own.uuid
  } else if (slot !== target.resource.nodeId || targetMd.version === 'v08') {
    own.bitmap = copyBitmap(slotOf(md, slot).bitmap)
    if (own.uuid === zero) own.uuid = targetMd.current
  }
  mergeBitmap(own.bitmap, slotOf(targetMd, source.resource.nodeId).bitmap)
  const total = outOfSyncKib(own.bitmap, source.sizeKib)
  begin(source, target, { slot: target.resource.nodeId, verify: false, totalKib: total })
}

/** Compares without changing anything. */
export function startVerify(source: Device, target: Device): void {
  begin(source, target, { slot: target.resource.nodeId, verify: true, totalKib: source.sizeKib })
}

const copyBitmap = (bitmap: Bitmap): Bitmap => ({ ...bitmap, blocks: new Set(bitmap.blocks) })

function mergeBitmap(into: Bitmap, other: Bitmap): void {
  into.all ||= other.all
  for (const block of other.blocks) into.blocks.add(block)
  into.extraKib = Math.max(into.extraKib, other.extraKib)
}

function begin(
  source: Device,
  target: Device,
  what: Pick<Sync, 'slot' | 'verify' | 'totalKib'>,
): void {
  const atSource = peerDeviceTo(source, target)
  const atTarget = peerDeviceTo(target, source)
  if (!atSource || !atTarget) return
  const { clock } = source.resource.kernel.machine.shared
  const sync: Sync = {
    source,
    target,
    ...what,
    doneKib: 0,
    startedAt: clock.now(),
    timer: undefined,
  }
  atSource.sync = sync
  atTarget.sync = sync
  if (what.verify) {
    atSource.replication = 'VerifyS'
    atTarget.replication = 'VerifyT'
  } else {
    setDisk(target, 'Inconsistent')
    pauseOrRun(sync, atSource, atTarget)
    helper(atTarget, 'before-resync-target')
  }
  settle(source.resource)
  tick(sync)
}

/** A target takes from one source at a time; the others wait. */
function pauseOrRun(sync: Sync, atSource: PeerDevice, atTarget: PeerDevice): void {
  const busy = [...sync.target.resource.connections.values()].some((connection) => {
    const other = connection.peerDevices.get(sync.target.volume)
    return other !== undefined && other !== atTarget && other.replication === 'SyncTarget'
  })
  atSource.replication = busy ? 'PausedSyncS' : 'SyncSource'
  atTarget.replication = busy ? 'PausedSyncT' : 'SyncTarget'
  atSource.resyncSuspended = busy ? 'peer' : 'no'
  atTarget.resyncSuspended = busy ? 'dependency' : 'no'
}

const helper = (peerDevice: PeerDevice, name: string) => {
  const { connection } = peerDevice
  const minor = connection.resource.devices.get(peerDevice.volume)?.minor ?? 0
  publishHelper(
    connection.resource,
    `peer-node-id:${connection.peerNodeId} conn-name:${connection.name} volume:${peerDevice.volume} minor:${minor}`,
    name,
  )
}

function tick(sync: Sync): void {
  const { clock, timing } = sync.source.resource.kernel.machine.shared
  const left = sync.totalKib - sync.doneKib
  const step = (timing.syncKibPerSecond * timing.syncTickMs) / 1000
  // At least one: a paused resync with nothing left would ask again and again without time passing.
  const ms = Math.max(1, Math.ceil((Math.min(left, step) / timing.syncKibPerSecond) * 1000))
  sync.timer = clock.after(ms, () => {
    const atSource = peerDeviceTo(sync.source, sync.target)
    const atTarget = peerDeviceTo(sync.target, sync.source)
    if (atSource?.sync !== sync || !atTarget) return
    const moved = Math.min(left, step)
    if (atSource.replication.startsWith('Paused')) {
      tick(sync)
      return
    }
    sync.doneKib += moved
    if (!sync.verify) {
      atSource.sentKib += Math.round(moved)
      atTarget.receivedKib += Math.round(moved)
      sync.source.readKib += Math.round(moved)
      sync.target.writtenKib += Math.round(moved)
      if (sync.target.backing) allocate(sync.target.backing, moved)
    }
    if (sync.doneKib >= sync.totalKib) finish(sync, atSource, atTarget)
    else {
      settle(sync.source.resource)
      tick(sync)
    }
  })
}

function finish(sync: Sync, atSource: PeerDevice, atTarget: PeerDevice): void {
  const { source, target } = sync
  stop(atSource)
  stop(atTarget)
  if (!sync.verify) {
    copyData(sync)
    inherit(source, target)
    setDisk(target, source.disk)
    helper(atTarget, 'after-resync-target')
    meetEquals(target)
    resumeWaiting(target)
  }
  settle(source.resource)
  if (!sync.verify) target.resource.kernel.onSynced(target)
}

function stop(peerDevice: PeerDevice): void {
  peerDevice.sync?.timer?.()
  peerDevice.sync = undefined
  peerDevice.replication = 'Established'
  peerDevice.resyncSuspended = 'no'
}

function copyData({ source, target, slot }: Sync): void {
  const md = metadataOf(source)
  if (!source.backing || !target.backing || !md) return
  const { bitmap } = slotOf(md, slot)
  if (bitmap.all) target.backing.content = new Map(source.backing.content)
  else {
    for (const block of bitmap.blocks) {
      const value = source.backing.content.get(block)
      if (value === undefined) target.backing.content.delete(block)
      else target.backing.content.set(block, value)
    }
  }
}

/** The target has now what the source has: its generations and what others have missed. */
function inherit(source: Device, target: Device): void {
  const from = metadataOf(source)
  const to = metadataOf(target)
  if (!from || !to) return
  to.current = from.current
  to.history = [...from.history]
  for (const [nodeId, slot] of from.slots) {
    if (nodeId === target.resource.nodeId || nodeId === source.resource.nodeId) continue
    if (to.version === 'v08') continue
    // What the target is copying to that one is not less for it.
    const running = target.resource.connections.get(nodeId)?.peerDevices.get(target.volume)?.sync
    if (running?.source === target) mergeBitmap(slotOf(to, nodeId).bitmap, slot.bitmap)
    else to.slots.set(nodeId, { uuid: slot.uuid, bitmap: copyBitmap(slot.bitmap) })
  }
  clearSlot(from, target.resource.nodeId)
  clearSlot(to, source.resource.nodeId)
}

/** Whoever is connected and has the same generation has nothing left to tell the target. */
function meetEquals(target: Device): void {
  const md = metadataOf(target)
  if (!md) return
  for (const connection of target.resource.connections.values()) {
    const atTarget = connection.peerDevices.get(target.volume)
    const peer = atTarget && peerOf(atTarget)
    const peerMd = peer && metadataOf(peer)
    if (!atTarget || !peer || !peerMd || !sameGeneration(md.current, peerMd.current)) continue
    if (peer.disk !== 'UpToDate') continue
    clearSlot(peerMd, target.resource.nodeId)
    clearSlot(md, peer.resource.nodeId)
    const atPeer = peerDeviceTo(peer, target)
    if (atTarget.sync && atPeer) {
      stop(atTarget)
      stop(atPeer)
    }
  }
}

function resumeWaiting(target: Device): void {
  for (const connection of target.resource.connections.values()) {
    const atTarget = connection.peerDevices.get(target.volume)
    if (atTarget?.replication !== 'PausedSyncT' || !atTarget.sync) continue
    const atSource = peerDeviceTo(atTarget.sync.source, target)
    if (atSource) pauseOrRun(atTarget.sync, atSource, atTarget)
    setDisk(target, 'Inconsistent')
    return
  }
}

/** The connection is gone: the bitmap stays, so that it goes on from there. */
export function interrupt(peerDevice: PeerDevice): void {
  const { sync } = peerDevice
  sync?.timer?.()
  peerDevice.sync = undefined
  peerDevice.replication = 'Off'
  peerDevice.resyncSuspended = 'no'
  if (sync) resumeWaiting(sync.target)
}

/** Any resync of this resource that is seen from here. */
export function isSyncing(device: Device): boolean {
  for (const connection of device.resource.connections.values()) {
    const sync = connection.peerDevices.get(device.volume)?.sync
    if (sync && !sync.verify) return true
  }
  return false
}

/** Everything is to be copied from a peer that has good data. */
export function invalidate(device: Device): string | undefined {
  for (const connection of device.resource.connections.values()) {
    const peerDevice = connection.peerDevices.get(device.volume)
    const peer = peerDevice && peerOf(peerDevice)
    if (peer?.disk !== 'UpToDate') continue
    startSync(peer, device, device.resource.nodeId, true)
    return undefined
  }
  return 'Need access to UpToDate data'
}
