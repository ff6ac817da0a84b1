/**
 * What the DRBD module of one simulated machine knows. A connected pair refers to each other by
 * `link`; what a side says about its peer is derived from there by settle().
 */
import type { BlockDevice } from '../block.ts'
import type { Cancel } from '../clock.ts'
import type { Machine } from '../machine.ts'
import type { Shown } from './shown.ts'

export type DiskState =
  | 'Diskless'
  | 'Attaching'
  | 'Detaching'
  | 'Failed'
  | 'Negotiating'
  | 'Inconsistent'
  | 'Outdated'
  | 'DUnknown'
  | 'Consistent'
  | 'UpToDate'

export type Follower = {
  readonly options: EventOptions
  readonly push: (line: string) => void
}

export type EventOptions = {
  readonly statistics: boolean
  readonly full: boolean
  readonly timestamps: boolean
  /** Absent: all resources. */
  readonly resource?: string
}

export type DrbdKernel = {
  readonly machine: Machine
  readonly version: 8 | 9
  readonly resources: Map<string, Resource>
  /** Devices by minor. */
  readonly minors: Map<number, Device>
  /** Connections by their own address. */
  readonly endpoints: Map<string, Set<Connection>>
  readonly followers: Set<Follower>
  /** Adds a follower from now on; the returned function takes it away. */
  readonly follow: (follower: Follower) => () => void
  /** A replica has finished a resync. */
  readonly onSynced: (device: Device) => void
}

export type Resource = {
  readonly name: string
  readonly kernel: DrbdKernel
  nodeId: number
  role: 'Primary' | 'Secondary'
  options: Readonly<Record<string, string>>
  /** Promoted by opening the device; goes back when it is closed. */
  autoPromoted: boolean
  suspendedByUser: boolean
  suspended: string
  forceIoFailures: boolean
  mayPromote: boolean
  score: number
  readonly devices: Map<number, Device>
  readonly connections: Map<number, Connection>
  /** What followers were last told, per object. */
  shown: Map<string, Shown>
  /** Its part of the last dump, and what that was made of. */
  dumped: { readonly facts: readonly unknown[]; readonly text: string } | undefined
}

export type Device = {
  readonly resource: Resource
  readonly volume: number
  readonly minor: number
  disk: DiskState
  /** Diskless by intention. */
  client: boolean
  quorum: boolean
  sizeKib: number
  backingPath: string | undefined
  backing: BlockDevice | undefined
  meta: BlockDevice | undefined
  readonly openers: Set<string>
  options: Readonly<Record<string, string>>
  readKib: number
  writtenKib: number
  /** Generation of the data that a diskless Primary has last seen. */
  exposed: string | undefined
}

export type Connection = {
  readonly resource: Resource
  readonly peerNodeId: number
  name: string
  state: string
  /** `ipv4:10.0.0.1:7000`. */
  local: string
  peer: string
  options: Readonly<Record<string, string>>
  link: Connection | undefined
  /** The transport reaches the peer, whether or not they can agree. */
  hasPath: boolean
  timer: Cancel | undefined
  /** Set for one connect: whatever differs here may be thrown away. */
  discardMyData: boolean
  /** The peer said goodbye: it does not write without us knowing. */
  gone: boolean
  /** 8.4 forgets a connection once it is StandAlone. */
  hidden: boolean
  readonly peerDevices: Map<number, PeerDevice>
}

export type Sync = {
  readonly source: Device
  readonly target: Device
  /** Node-id of the source's bitmap slot. */
  readonly slot: number
  readonly verify: boolean
  readonly totalKib: number
  doneKib: number
  readonly startedAt: number
  timer: Cancel | undefined
}

export type PeerDevice = {
  readonly connection: Connection
  readonly volume: number
  replication: string
  resyncSuspended: string
  /** False: configured without a disk over there. */
  hasBitmap: boolean
  sync: Sync | undefined
  receivedKib: number
  sentKib: number
}

const attached: ReadonlySet<DiskState> = new Set<DiskState>([
  'Inconsistent',
  'Outdated',
  'Consistent',
  'UpToDate',
])

export const isAttached = (device: Device): boolean => attached.has(device.disk)

/** Metadata of an attached device. */
export const metadataOf = (device: Device) => device.meta?.drbd

/** The same volume on the other end of a connected link. */
export function peerOf(peerDevice: PeerDevice): Device | undefined {
  return peerDevice.connection.link?.resource.devices.get(peerDevice.volume)
}

export function peerDeviceTo(device: Device, other: Device): PeerDevice | undefined {
  for (const connection of device.resource.connections.values()) {
    if (connection.link?.resource === other.resource)
      return connection.peerDevices.get(device.volume)
  }
  return undefined
}
