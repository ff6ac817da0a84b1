/** The handshake: what two sides of a connection find out about each other, and what follows. */
import { publish, publishHelper } from './events.ts'
import { compareGenerations, type Verdict } from './generations.ts'
import { clearSlot, sameGeneration } from './metadata.ts'
import { type Connection, type Device, isAttached, metadataOf, type Resource } from './model.ts'
import { component, isWeak, setDisk, settle } from './settle.ts'
import { startSync } from './sync.ts'

/** The handshake. What cannot be agreed on ends StandAlone, as the module does it. */
export function meet(a: Connection, b: Connection): void {
  a.hasPath = true
  b.hasPath = true
  // Two Primaries never meet; they go on looking until one of them steps back.
  const twoAllowed = a.options['allow-two-primaries'] === 'yes'
  const verdicts = agreeOnSettings(a, b) ? judgeAll(a, b) : undefined
  if (!verdicts) {
    refuse(a, b)
    return
  }
  if (!twoAllowed && wouldSeeTwoPrimaries(a.resource, b.resource)) return
  join(a, b)
  for (const { device, other, verdict } of verdicts) apply(device, other, verdict)
  settle(a.resource)
  reviveOutdated(a.resource)
}

function agreeOnSettings(a: Connection, b: Connection): boolean {
  if (a.resource.kernel.version !== b.resource.kernel.version) return false
  const idsMatch = a.peerNodeId === b.resource.nodeId && b.peerNodeId === a.resource.nodeId
  if (a.resource.kernel.version === 9 && !idsMatch) return false
  const differs = (key: string) => (a.options[key] ?? '') !== (b.options[key] ?? '')
  return !['cram-hmac-alg', 'shared-secret', 'allow-two-primaries'].some(differs)
}

type Judged = { readonly device: Device; readonly other: Device; readonly verdict: Verdict }

/** What each volume needs; undefined when one of them forbids the connection. */
function judgeAll(a: Connection, b: Connection): Judged[] | undefined {
  const judged: Judged[] = []
  const waits = wouldSeeTwoPrimaries(a.resource, b.resource)
  for (const device of a.resource.devices.values()) {
    const other = b.resource.devices.get(device.volume)
    if (!other) continue
    const verdict = judge(device, other, a, b)
    judged.push({ device, other, verdict })
    if (waits) continue
    if (verdict.kind === 'split-brain') tellSplitBrain(a, b, device)
    if (verdict.kind === 'split-brain' || verdict.kind === 'unrelated') return undefined
    const target = verdict.kind === 'sync' ? (verdict.source === 'a' ? other : device) : undefined
    // A Primary never becomes the target: its users would see other data.
    if (target?.resource.role === 'Primary' && target.disk === 'UpToDate') return undefined
  }
  return judged
}

function wouldSeeTwoPrimaries(a: Resource, b: Resource): boolean {
  const all = new Set([...component(a), ...component(b)])
  return [...all].filter((each) => each.role === 'Primary').length > 1
}

function judge(device: Device, other: Device, a: Connection, b: Connection): Verdict {
  const md = metadataOf(device)
  const otherMd = metadataOf(other)
  if (!md || !otherMd) return judgeDiskless(device, other)
  const verdict = compareGenerations(
    { md, nodeId: device.resource.nodeId, consistent: md.consistent },
    { md: otherMd, nodeId: other.resource.nodeId, consistent: otherMd.consistent },
  )
  if (verdict.kind !== 'split-brain' && verdict.kind !== 'unrelated') return verdict
  const target = targetByDisk(device, other)
  if (target) return { kind: 'sync', source: target === device ? 'b' : 'a', full: true }
  if (a.discardMyData === b.discardMyData) return verdict
  const source = a.discardMyData ? 'b' : 'a'
  return verdict.kind === 'unrelated'
    ? { kind: 'sync', source, full: true }
    : { kind: 'sync', source, full: false, slot: (source === 'a' ? b : a).resource.nodeId }
}

/**
 * One that is being synced from somebody else has a generation that only its source knows; its disk
 * state says what is to be done (disk_states_to_strategy() in DRBD's receiver).
 */
function targetByDisk(device: Device, other: Device): Device | undefined {
  if (device.resource.kernel.version === 8) return undefined
  const [mine, its] = [device.disk === 'Inconsistent', other.disk === 'Inconsistent']
  if (mine === its) return undefined
  return mine ? device : other
}

/** A diskless Primary goes on only with the data that it has seen last. */
function judgeDiskless(device: Device, other: Device): Verdict {
  for (const [one, two] of [
    [device, other],
    [other, device],
  ] as const) {
    const md = metadataOf(two)
    if (isAttached(one) || !md || one.exposed === undefined || one.resource.role !== 'Primary')
      continue
    if (two.disk === 'UpToDate' && !sameGeneration(md.current, one.exposed))
      return { kind: 'unrelated' }
  }
  return { kind: 'in-sync' }
}

function tellSplitBrain(a: Connection, b: Connection, device: Device): void {
  for (const each of [a, b]) {
    const minor = each.resource.devices.get(device.volume)?.minor ?? device.minor
    const id = `peer-node-id:${each.peerNodeId} conn-name:${each.name} volume:${device.volume} minor:${minor}`
    publishHelper(each.resource, id, 'initial-split-brain')
    publishHelper(each.resource, id, 'split-brain')
  }
}

function refuse(a: Connection, b: Connection): void {
  for (const each of [a, b]) {
    each.state = 'Disconnecting'
    publish(each.resource)
    standAlone(each)
    settle(each.resource)
  }
}

export function standAlone(connection: Connection): void {
  connection.state = 'StandAlone'
  connection.hasPath = false
  connection.discardMyData = false
  publish(connection.resource)
  // 8.4 has no object for a connection that is not wanted.
  if (connection.resource.kernel.version === 8) connection.hidden = true
}

function join(a: Connection, b: Connection): void {
  a.link = b
  b.link = a
  for (const each of [a, b]) {
    each.state = 'Connected'
    each.gone = false
    each.discardMyData = false
    for (const peerDevice of each.peerDevices.values()) peerDevice.replication = 'Established'
  }
}

function apply(device: Device, other: Device, verdict: Verdict): void {
  agreeOnSize(device, other)
  if (verdict.kind === 'sync') {
    const [source, target] = verdict.source === 'a' ? [device, other] : [other, device]
    if (!isAttached(source) || source.disk === 'Inconsistent') return
    if (target.disk === 'UpToDate') setDisk(target, 'Outdated')
    settle(source.resource)
    startSync(source, target, verdict.slot ?? target.resource.nodeId, verdict.full)
    return
  }
  if (!isAttached(device) || !isAttached(other)) {
    refuseOldData(device, other)
    return
  }
  for (const [one, two] of [
    [device, other],
    [other, device],
  ] as const) {
    if (one.disk === 'Outdated' && two.disk === 'UpToDate') setDisk(one, 'UpToDate')
    const md = metadataOf(one)
    if (md && one.disk === 'UpToDate' && two.disk === 'UpToDate') clearSlot(md, two.resource.nodeId)
  }
}

/**
 * A diskless node that already sees good data knows that a replica with another generation is an
 * old one (it could not connect to the newer one itself).
 */
function refuseOldData(device: Device, other: Device): void {
  const [diskless, replica] = isAttached(device) ? [other, device] : [device, other]
  const md = metadataOf(replica)
  if (!md || replica.disk !== 'UpToDate') return
  for (const connection of diskless.resource.connections.values()) {
    const known = connection.link?.resource.devices.get(device.volume)
    const knownMd = known && metadataOf(known)
    if (!knownMd || known === replica || known.disk !== 'UpToDate') continue
    if (sameGeneration(knownMd.current, md.current)) continue
    const verdict = compareGenerations(
      { md: knownMd, nodeId: known.resource.nodeId, consistent: true },
      { md, nodeId: replica.resource.nodeId, consistent: true },
    )
    const newer = verdict.kind === 'sync' && verdict.source === 'b'
    setDisk(newer ? known : replica, 'Outdated')
  }
}

function agreeOnSize(device: Device, other: Device): void {
  const sizes = [device, other].filter(isAttached).map((each) => metadataOf(each)?.sizeKib ?? 0)
  const size = Math.min(...sizes.filter((each) => each > 0))
  if (!Number.isFinite(size)) return
  for (const each of [device, other]) {
    const md = metadataOf(each)
    // Two diskful peers take the smaller; a Primary in use cannot shrink and then keeps its size.
    if (md && sizes.length === 2 && each.resource.role !== 'Primary') md.sizeKib = size
    each.sizeKib = md?.sizeKib ?? size
  }
}

/** A replica has new data: whoever is connected with it looks again at what is left to do. */
export function reconsider(device: Device): void {
  for (const connection of device.resource.connections.values()) {
    const peerDevice = connection.peerDevices.get(device.volume)
    const other = connection.link?.resource.devices.get(device.volume)
    if (!connection.link || !other || peerDevice?.replication !== 'Established') continue
    if (!isAttached(device) || !isAttached(other)) continue
    const verdict = judge(device, other, connection, connection.link)
    const isOld = device.disk === 'Outdated' || other.disk === 'Outdated'
    if (verdict.kind === 'sync' || isOld) apply(device, other, verdict)
  }
}

/** A disk was attached while its peers are connected already: now they compare their data. */
export function negotiate(device: Device): void {
  for (const connection of device.resource.connections.values()) {
    const other = connection.link?.resource.devices.get(device.volume)
    if (!connection.link || !other) continue
    const verdict = judge(device, other, connection, connection.link)
    if (verdict.kind === 'in-sync' || verdict.kind === 'sync') apply(device, other, verdict)
  }
}

/** Replicas that were outdated for being weak, and are so no longer, catch up with the others. */
export function reviveOutdated(resource: Resource): void {
  const all = component(resource)
  for (const each of all) {
    if (isWeak(each, all)) continue
    for (const device of each.devices.values()) if (device.disk === 'Outdated') reconsider(device)
  }
  settle(resource)
}
