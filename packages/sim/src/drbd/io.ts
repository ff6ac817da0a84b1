/** Data: what a Primary writes reaches every replica that is connected, or is noted as missed. */
import { writeBlock } from '../block.ts'
import { failDisk } from './disk.ts'
import { dropDead } from './link.ts'
import { slotOf, zero } from './metadata.ts'
import { type Device, isAttached, metadataOf, peerOf, type Resource } from './model.ts'
import { component, hasGoodData, setDisk, settle } from './settle.ts'
import { startSync } from './sync.ts'

/** Where good data of this volume is: here, or on a connected peer. */
export function dataSource(device: Device): Device | undefined {
  if (device.disk === 'UpToDate') return device
  return replicasInReach(device).find((each) => each.disk === 'UpToDate')
}

/** This disk and those of the peers that are directly connected. */
function replicasInReach(device: Device): Device[] {
  const found = isAttached(device) ? [device] : []
  for (const connection of device.resource.connections.values()) {
    const peerDevice = connection.peerDevices.get(device.volume)
    const peer = peerDevice && peerOf(peerDevice)
    if (peer && isAttached(peer)) found.push(peer)
  }
  return found
}

/** Writes one block as an application on this machine; the problem in the kernel's words. */
export function writeVolume(device: Device, block: number, value: string): string | undefined {
  const { resource } = device
  if (resource.role !== 'Primary') return 'Read-only file system'
  // A write waits for its peers' answers: whoever is silent is noticed by it.
  dropDead([resource])
  if (resource.suspended !== 'no') return 'Operation would block'
  if (!device.quorum || resource.forceIoFailures || !hasGoodData(device))
    return 'Input/output error'
  for (const each of replicasInReach(device)) {
    const { backing } = each
    const isOutOfRoom = backing?.isFull && !backing.content.has(block)
    if (backing?.failed || isOutOfRoom) failDisk(each)
  }
  const targets = replicasInReach(device)
  if (!targets.some((each) => each.disk === 'UpToDate')) return 'Input/output error'
  noteMissing(device, targets, block)
  for (const each of targets) {
    if (each.backing) writeBlock(each.backing, block, value)
    each.writtenKib += 64
  }
  const good = targets.find((each) => each.disk === 'UpToDate')
  device.exposed = good && metadataOf(good)?.current
  settle(resource)
  return undefined
}

/** Reads one block; undefined when it was never written or no good data is in reach. */
export const readVolume = (device: Device, block: number): string | undefined =>
  dataSource(device)?.backing?.content.get(block)

/**
 * Notes the block for every replica that does not get it. The first time a configured one is
 * missing, the data gets a new generation: so a split brain is seen when they meet again.
 */
function noteMissing(device: Device, targets: readonly Device[], block: number): void {
  const present = new Set(targets.map((each) => each.resource.nodeId))
  const missing = configuredReplicas(targets).filter((nodeId) => !present.has(nodeId))
  const isNew = targets.some((each) => {
    const md = metadataOf(each)
    return md !== undefined && missing.some((nodeId) => slotOf(md, nodeId).uuid === zero)
  })
  const next = isNew ? device.resource.kernel.machine.shared.random.generation() : undefined
  for (const each of targets) {
    const md = metadataOf(each)
    if (!md) continue
    if (md.version === 'v08' && missing.length > 0) slotOf(md, 0)
    for (const nodeId of missing) {
      const slot = slotOf(md, nodeId)
      if (next && slot.uuid === zero) slot.uuid = md.current
    }
    if (next && each.disk === 'UpToDate') md.current = next
    // Slots of nodes that never were here count from the day the data began.
    for (const [nodeId, slot] of md.slots) {
      const isHere = md.version === 'v08' ? missing.length === 0 : present.has(nodeId)
      if (!isHere && slot.uuid !== zero) slot.bitmap.blocks.add(block)
    }
  }
  outdateMissing(device, present)
}

/** Node-ids that some target has configured with a disk. */
function configuredReplicas(targets: readonly Device[]): number[] {
  const found = new Set<number>()
  for (const each of targets) {
    for (const connection of each.resource.connections.values()) {
      if (connection.peerDevices.get(each.volume)?.hasBitmap) found.add(connection.peerNodeId)
    }
  }
  return [...found]
}

/** A replica that is connected with somebody but not with the writer is old from now on. */
function outdateMissing(device: Device, present: ReadonlySet<number>): void {
  for (const connection of device.resource.connections.values()) {
    const resource = connection.link?.resource
    if (!resource) continue
    for (const further of resource.connections.values()) {
      const other = further.link?.resource
      const replica = other?.devices.get(device.volume)
      if (!other || !replica || other === device.resource || present.has(other.nodeId)) continue
      if (replica.disk === 'UpToDate') setDisk(replica, 'Outdated')
    }
  }
}

export type PromoteProblem = { readonly code: number; readonly text: string; readonly exit: number }

/** `primary`: undefined when it is done (or was so already). */
export function promote(resource: Resource, force: boolean): PromoteProblem | undefined {
  if (resource.role === 'Primary') return undefined
  const devices = [...resource.devices.values()]
  const twoAllowed = [...resource.connections.values()].some(
    (each) => each.options['allow-two-primaries'] === 'yes',
  )
  if (!twoAllowed && hasPrimaryInReach(resource)) {
    return { code: -1, text: 'Multiple primaries not allowed by config', exit: 11 }
  }
  const forced = force ? forceGoodData(devices) : []
  if (devices.some((device) => !device.quorum) && !force) {
    return { code: -31, text: 'No quorum', exit: 17 }
  }
  if (devices.length === 0 || devices.some((device) => !hasGoodData(device))) {
    return { code: -2, text: 'Need access to UpToDate data', exit: 17 }
  }
  resource.role = 'Primary'
  for (const device of devices) {
    const md = metadataOf(device)
    if (md) md.primary = true
    const good = dataSource(device)
    device.exposed = good && metadataOf(good)?.current
  }
  settle(resource)
  for (const device of forced) copyToPeers(device)
  return undefined
}

const hasPrimaryInReach = (resource: Resource): boolean =>
  [...component(resource)].some((each) => each !== resource && each.role === 'Primary')

/** `primary --force`: what is here is good from now on. Returns the devices that needed it. */
function forceGoodData(devices: readonly Device[]): Device[] {
  return devices.filter((device) => {
    const md = metadataOf(device)
    if (!md || hasGoodData(device)) return false
    md.history = [md.current, ...md.history].slice(0, 32)
    md.current = device.resource.kernel.machine.shared.random.generation()
    setDisk(device, 'UpToDate')
    return true
  })
}

function copyToPeers(device: Device): void {
  for (const replica of replicasInReach(device)) {
    if (replica !== device && replica.disk !== 'UpToDate') {
      startSync(device, replica, replica.resource.nodeId, true)
    }
  }
}
