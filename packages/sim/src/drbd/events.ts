/** events2: what each object looks like, and the lines that followers get when it changes. */
import type { SimClock } from '../clock.ts'
import { outOfSyncKib, slotOf } from './metadata.ts'
import {
  type Connection,
  type Device,
  type EventOptions,
  metadataOf,
  type PeerDevice,
  peerOf,
  type Resource,
} from './model.ts'
import { syncFields } from './progress.ts'
import type { Shown } from './shown.ts'

const yesNo = (value: boolean) => (value ? 'yes' : 'no')

export function showResource(resource: Resource): Shown {
  const nine = resource.kernel.version === 9
  const hasDisk = [...resource.devices.values()].some((device) => device.backing)
  return {
    kind: 'resource',
    id: `name:${resource.name}`,
    groups: [
      `role:${resource.role}`,
      `suspended:${resource.suspended}`,
      nine ? `force-io-failures:${yesNo(resource.forceIoFailures)}` : '',
    ],
    statistics: `write-ordering:${hasDisk || !nine ? 'flush' : 'none'}`,
    always: false,
    tail: nine ? `may_promote:${yesNo(resource.mayPromote)} promotion_score:${resource.score}` : '',
  }
}

const connectionId = (connection: Connection) =>
  connection.resource.kernel.version === 9
    ? `name:${connection.resource.name} peer-node-id:${connection.peerNodeId} conn-name:${connection.name}`
    : `name:${connection.resource.name} peer-node-id:0${connection.hidden ? '' : ' conn-name:peer'}`

export const peerRole = (connection: Connection) => connection.link?.resource.role ?? 'Unknown'

export function showConnection(connection: Connection): Shown {
  const nine = connection.resource.kernel.version === 9
  return {
    kind: 'connection',
    id: connectionId(connection),
    groups: [`connection:${connection.state}`, `role:${peerRole(connection)}`],
    statistics: nine ? 'congested:no ap-in-flight:0 rs-in-flight:0' : 'congested:no',
    always: false,
    tail: '',
  }
}

function showDevice(device: Device): Shown {
  const nine = device.resource.kernel.version === 9
  const nineFields = ` client:${yesNo(device.client)} quorum:${yesNo(device.quorum)}`
  return {
    kind: 'device',
    id: `name:${device.resource.name} volume:${device.volume}`,
    groups: [
      nine
        ? `minor:${device.minor} backing_dev:${device.backing ? device.backingPath : 'none'} disk:${device.disk}${nineFields}`
        : `minor:${device.minor} disk:${device.disk}`,
    ],
    statistics: deviceStatistics(device),
    always: true,
    tail: '',
  }
}

export const blockedBy = (device: Device) => (device.resource.suspended === 'no' ? 'no' : 'upper')

export const deviceStatistics = (device: Device) =>
  `size:${device.sizeKib} read:${device.readKib} written:${device.writtenKib} al-writes:0 bm-writes:0 upper-pending:0 lower-pending:0 al-suspended:no blocked:${blockedBy(device)}`

/** What this side says of the peer's disk. */
export function peerDisk(peerDevice: PeerDevice): { disk: string; client: boolean } {
  const peer = peerOf(peerDevice)
  if (!peer) return { disk: 'DUnknown', client: !peerDevice.hasBitmap }
  return { disk: peer.disk, client: peer.client }
}

export function outOfSync(peerDevice: PeerDevice): number {
  const { sync, connection } = peerDevice
  if (sync && !sync.verify) return Math.max(0, sync.totalKib - sync.doneKib)
  const device = connection.resource.devices.get(peerDevice.volume)
  const md = device && metadataOf(device)
  if (!device || !md || !peerDevice.hasBitmap) return 0
  return outOfSyncKib(slotOf(md, connection.peerNodeId).bitmap, device.sizeKib)
}

export const peerDeviceStatistics = (peerDevice: PeerDevice) =>
  `received:${peerDevice.receivedKib} sent:${peerDevice.sentKib} out-of-sync:${outOfSync(peerDevice)} pending:0 unacked:0`

function showPeerDevice(peerDevice: PeerDevice, clock: SimClock): Shown {
  const nine = peerDevice.connection.resource.kernel.version === 9
  const peer = peerDisk(peerDevice)
  const sync = nine ? syncFields(peerDevice, clock) : undefined
  return {
    kind: 'peer-device',
    id: `${connectionId(peerDevice.connection)} volume:${peerDevice.volume}`,
    groups: [
      `replication:${peerDevice.replication}`,
      nine ? `peer-disk:${peer.disk} peer-client:${yesNo(peer.client)}` : `peer-disk:${peer.disk}`,
      `resync-suspended:${peerDevice.resyncSuspended}`,
      sync ? `done:${sync.done}` : '',
    ],
    statistics: peerDeviceStatistics(peerDevice) + (sync ? ` ${sync.statistics}` : ''),
    always: true,
    tail: '',
  }
}

function showPath(connection: Connection): Shown {
  return {
    kind: 'path',
    id: `${connectionId(connection)} local:${connection.local} peer:${connection.peer}`,
    groups: [`established:${yesNo(connection.hasPath)}`],
    statistics: '',
    always: false,
    tail: '',
  }
}

const hasPaths = (resource: Resource) => resource.kernel.version === 9

/** In the order of the initial dump: newest connection first, its volumes and path at the end. */
export function showAll(resource: Resource): Shown[] {
  const { clock } = resource.kernel.machine.shared
  const connections = [...resource.connections.values()].reverse()
  return [
    showResource(resource),
    ...connections
      .filter((each) => !each.hidden || resource.kernel.version === 8)
      .map(showConnection),
    ...[...resource.devices.values()].map(showDevice),
    ...connections.flatMap((connection) => [
      ...[...connection.peerDevices.values()].map((each) => showPeerDevice(each, clock)),
      ...(hasPaths(resource) ? [showPath(connection)] : []),
    ]),
  ]
}

/** In the order in which one change is told. */
function showForChange(resource: Resource): Shown[] {
  const { clock } = resource.kernel.machine.shared
  const connections = [...resource.connections.values()].filter((each) => !each.hidden)
  return [
    showResource(resource),
    ...connections.map(showConnection),
    ...[...resource.devices.values()].map(showDevice),
    ...connections.flatMap((connection) =>
      [...connection.peerDevices.values()].map((each) => showPeerDevice(each, clock)),
    ),
    ...(hasPaths(resource) ? connections.map(showPath) : []),
  ]
}

function join(...parts: readonly string[]): string {
  let line = ''
  for (const part of parts) if (part !== '') line = line === '' ? part : `${line} ${part}`
  return line
}

export function existsLine(event: string, shown: Shown, options: EventOptions): string {
  return join(
    event,
    shown.kind,
    shown.id,
    ...shown.groups,
    options.statistics ? shown.statistics : '',
    shown.tail,
  )
}

/** A change names what has changed; with --full, everything. */
function changeLine(before: Shown, now: Shown, options: EventOptions): string | undefined {
  const groups = options.full
    ? now.groups
    : now.groups.filter((each, at) => each !== before.groups[at])
  const tail = options.full || now.tail !== before.tail ? now.tail : ''
  const moved =
    now.groups.some((each, at) => each !== before.groups[at]) || now.tail !== before.tail
  const counted = options.statistics && now.statistics !== before.statistics
  if (!moved && !counted) return undefined
  const statistics =
    options.statistics && (counted || now.always || options.full) ? now.statistics : ''
  return join('change', now.kind, now.id, ...groups, statistics, tail)
}

/** Tells followers what is different from what they were told last. */
export function publish(resource: Resource): void {
  const { followers } = resource.kernel
  if (followers.size === 0) return
  const now = showForChange(resource)
  const before = resource.shown
  const next = new Map<string, Shown>()
  const lines: ((options: EventOptions) => string | undefined)[] = []
  for (const shown of now) {
    const key = `${shown.kind} ${shown.id}`
    const old = before.get(key)
    next.set(key, shown)
    if (old) lines.push((options) => changeLine(old, shown, options))
    else lines.push((options) => existsLine('create', shown, options))
  }
  for (const old of [...before.values()].reverse()) {
    // DRBD 9 does not say that peer devices are gone: they go with their connection.
    const silent = old.kind === 'peer-device' && resource.kernel.version === 9
    if (!next.has(`${old.kind} ${old.id}`) && !silent)
      lines.push(() => `destroy ${old.kind} ${old.id}`)
  }
  resource.shown = next
  tell(resource, lines)
}

/** The last words about a resource that is taken down. */
export function publishDestroyed(resource: Resource): void {
  const lines = [...resource.shown.values()]
    .sort((a, b) => destroyOrder.indexOf(a.kind) - destroyOrder.indexOf(b.kind))
    .filter((old) => old.kind !== 'peer-device' || resource.kernel.version === 8)
    .map((old) => () => `destroy ${old.kind} ${old.id}`)
  tell(resource, lines)
  resource.shown = new Map()
}
const destroyOrder = ['path', 'peer-device', 'connection', 'device', 'resource']

/** Helper calls are told as pairs, as the kernel does for handlers. */
export function publishHelper(resource: Resource, id: string, helper: string): void {
  tell(resource, [
    () => `call helper name:${resource.name} ${id} helper:${helper}`,
    () => `response helper name:${resource.name} ${id} helper:${helper} status:0`,
  ])
}

function tell(
  resource: Resource,
  lines: readonly ((options: EventOptions) => string | undefined)[],
) {
  const stamp = timestamp(resource.kernel.machine.shared.clock.now())
  for (const follower of resource.kernel.followers) {
    const { options } = follower
    if (options.resource !== undefined && options.resource !== resource.name) continue
    for (const line of lines) {
      const text = line(options)
      if (text !== undefined) follower.push(options.timestamps ? `${stamp} ${text}` : text)
    }
  }
}

/** `2026-11-22T11:59:11.849849+00:00`. */
export const timestamp = (at: number): string =>
  new Date(at).toISOString().replace('Z', '000+00:00')

/** A new follower starts from here: everything is told as it is now. */
export function remember(resource: Resource): void {
  resource.shown = new Map(showForChange(resource).map((each) => [`${each.kind} ${each.id}`, each]))
}
