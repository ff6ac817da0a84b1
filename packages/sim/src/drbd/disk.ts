/** Attach, detach, and a disk that breaks. */
import type { BlockDevice } from '../block.ts'
import { publish } from './events.ts'
import { internalMetadataKib, justCreated, sameGeneration, slotOf } from './metadata.ts'
import { type Device, isAttached, metadataOf } from './model.ts'
import { setDisk, settle } from './settle.ts'
import { interrupt } from './sync.ts'

/** KiB that a backing device offers to DRBD. */
export function usableKib(backing: BlockDevice, meta: BlockDevice): number {
  const md = meta.drbd
  if (!md || md.external) return backing.sizeKib
  return Math.floor(backing.sizeKib - internalMetadataKib(backing.sizeKib, md.maxPeers))
}

export type Backing = {
  readonly path: string
  readonly data: BlockDevice
  readonly meta: BlockDevice
}

/** Attaches a backing device that has metadata. The state is what the metadata says. */
export function attach(device: Device, backing: Backing): void {
  device.disk = 'Attaching'
  device.client = false
  publish(device.resource)
  device.backing = backing.data
  device.backingPath = backing.path
  device.meta = backing.meta
  const opener = `drbd${device.minor}`
  backing.data.openers.add(opener)
  backing.meta.openers.add(opener)
  const md = backing.meta.drbd
  if (!md) throw new Error(`attach without metadata on ${backing.path}`)
  md.nodeId = device.resource.nodeId
  const room = usableKib(backing.data, backing.meta)
  // Never grows by itself: `resize` does that, once all peers have grown.
  // 8.4 takes a device that it never saw a size of as out of sync all over.
  if (md.version === 'v08' && md.sizeKib === 0 && !sameGeneration(md.current, justCreated)) {
    slotOf(md, 0).bitmap.all = true
  }
  if (md.sizeKib === 0 || md.sizeKib > room) md.sizeKib = room
  device.sizeKib = device.sizeKib > 0 ? Math.min(device.sizeKib, md.sizeKib) : md.sizeKib
  setDisk(device, md.consistent ? (md.upToDate ? 'UpToDate' : 'Outdated') : 'Inconsistent')
  md.primary = device.resource.role === 'Primary'
}

/** Lets the backing device go. `client`: diskless by intention from now on. */
export function detach(device: Device, client: boolean): void {
  if (isAttached(device)) {
    device.disk = 'Detaching'
    publish(device.resource)
  }
  letGo(device)
  device.client = client
  settle(device.resource)
}

function letGo(device: Device): void {
  for (const connection of device.resource.connections.values()) {
    const peerDevice = connection.peerDevices.get(device.volume)
    if (!peerDevice) continue
    const atPeer = connection.link?.peerDevices.get(device.volume)
    const connected = connection.link !== undefined
    for (const each of [peerDevice, atPeer]) {
      if (!each || (!each.sync && each.replication !== 'PausedSyncT')) continue
      interrupt(each)
      if (connected) each.replication = 'Established'
    }
  }
  const opener = `drbd${device.minor}`
  device.backing?.openers.delete(opener)
  device.meta?.openers.delete(opener)
  device.backing = undefined
  device.backingPath = undefined
  device.meta = undefined
  device.disk = 'Diskless'
}

/** on-io-error detach: the disk is dropped, the device goes on through its peers. */
export function failDisk(device: Device): void {
  if (!isAttached(device)) return
  const md = metadataOf(device)
  device.disk = 'Failed'
  settle(device.resource)
  letGo(device)
  if (md) md.upToDate = false
  device.client = false
  settle(device.resource)
}
