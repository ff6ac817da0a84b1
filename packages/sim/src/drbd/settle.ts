/** After any change: bring what follows from it up to date on every machine that is connected. */
import { publish } from './events.ts'
import { type Device, isAttached, metadataOf, peerOf, type Resource } from './model.ts'
import { hasQuorum } from './quorum.ts'

/** All resources that are connected with this one, directly or through others. */
export function component(resource: Resource): Set<Resource> {
  const found = new Set<Resource>([resource])
  for (const each of found) {
    for (const connection of each.connections.values()) {
      if (connection.link) found.add(connection.link.resource)
    }
  }
  return found
}

/** Recomputes quorum, suspension and promotion score, then tells the followers. */
export function settle(resource: Resource): void {
  const all = component(resource)
  outdateWeak(all)
  for (const each of all)
    for (const device of each.devices.values()) device.quorum = hasQuorum(device)
  for (const each of all) {
    each.suspended = suspension(each)
    const state = promotion(each, all)
    each.mayPromote = state.may
    each.score = state.score
  }
  for (const each of all) publish(each)
}

/**
 * A replica that hears of a Primary only through others gets no writes: its data is old from now on
 * (DRBD calls such a node weak).
 */
export function isWeak(resource: Resource, all: ReadonlySet<Resource>): boolean {
  if (resource.role === 'Primary' || resource.kernel.version === 8) return false
  const links = new Set([...resource.connections.values()].map((each) => each.link?.resource))
  return [...all].some((each) => each.role === 'Primary' && !links.has(each))
}

function outdateWeak(all: ReadonlySet<Resource>): void {
  for (const each of all) {
    if (!isWeak(each, all)) continue
    for (const device of each.devices.values()) {
      if (device.disk === 'UpToDate') setDisk(device, 'Outdated')
    }
  }
}

/** Changes a disk state and what the metadata remembers of it. */
export function setDisk(device: Device, disk: Device['disk']): void {
  device.disk = disk
  const md = metadataOf(device)
  if (!md || !isAttached(device)) return
  md.consistent = disk !== 'Inconsistent'
  md.upToDate = disk === 'UpToDate'
}

/** Whether good data of this volume can be reached from here. */
export function hasGoodData(device: Device): boolean {
  if (device.disk === 'UpToDate') return true
  for (const connection of device.resource.connections.values()) {
    const peerDevice = connection.peerDevices.get(device.volume)
    if (peerDevice && peerOf(peerDevice)?.disk === 'UpToDate') return true
  }
  return false
}

function suspension(resource: Resource): string {
  const reasons: string[] = []
  const devices = [...resource.devices.values()]
  if (resource.suspendedByUser) reasons.push('user')
  if (
    resource.role === 'Primary' &&
    resource.options['on-no-data-accessible'] === 'suspend-io' &&
    devices.some((device) => !hasGoodData(device))
  ) {
    reasons.push('no-data')
  }
  if (
    resource.kernel.version === 9 &&
    resource.options['on-no-quorum'] !== 'io-error' &&
    !resource.forceIoFailures &&
    devices.some((device) => !device.quorum)
  ) {
    reasons.push('quorum')
  }
  return reasons.length === 0 ? 'no' : reasons.join(',')
}

/**
 * may_promote and promotion_score, as seen of 9.2.18: with an UpToDate disk 10100 and one for every
 * such disk in reach; syncing 10000; without a disk, one for every good one that is connected.
 */
function promotion(resource: Resource, all: ReadonlySet<Resource>) {
  const devices = [...resource.devices.values()]
  let score = devices.length === 0 ? 0 : Number.POSITIVE_INFINITY
  for (const device of devices) {
    let peers = 0
    for (const connection of resource.connections.values()) {
      const peerDevice = connection.peerDevices.get(device.volume)
      if (peerDevice && peerOf(peerDevice)?.disk === 'UpToDate') peers += 1
    }
    const base = device.disk === 'UpToDate' ? 10_101 : device.disk === 'Inconsistent' ? 10_000 : 0
    const usable = device.quorum && (device.disk === 'UpToDate' || peers > 0)
    score = Math.min(score, usable ? base + peers : 0)
  }
  const busy = [...all].some((each) => each.role === 'Primary')
  return { may: score > 0 && !busy, score }
}
