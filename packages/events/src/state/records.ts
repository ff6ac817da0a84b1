/**
 * The records of the state: plain data, replaced and never changed. Optional fields of records that
 * are many may also be undefined: objects of one form are read fast.
 */
import type { Capabilities } from '../capabilities.ts'
import type { Companion } from '../companion.ts'
import type { FileSystem } from '../file-system.ts'
import type { SelectFilter } from '../filter.ts'
import type {
  DiskfulBy,
  DiskState,
  Layer,
  NodeKind,
  Props,
  Provider,
  ResourceKind,
} from '../kinds.ts'
import type { DevicePoolProvider, PhysicalDevice } from '../physical.ts'
import type { PoolProblem } from '../problem.ts'
import type { Reference } from '../reference.ts'

/** Entry that made the object: its incarnation, and the door to its history. */
export type Origin = { readonly entry: string; readonly at: number; readonly sequence: number }

/** `since`: log sequence; a confirmation counts only from a document at least that new. */
export type Phase =
  | { readonly status: 'live' }
  | { readonly status: 'deleting'; readonly operation: string; readonly since: number }

export type NetInterface = {
  readonly name: string
  readonly address: string
  readonly port?: number
}

export type NodeLink =
  | { readonly status: 'unknown' }
  | { readonly status: 'online'; readonly boot: string; readonly since: number }
  | { readonly status: 'offline'; readonly since: number }

export type Node = {
  readonly name: string
  readonly kind: NodeKind
  readonly props: Props
  readonly interfaces: readonly NetInterface[]
  readonly link: NodeLink
  readonly uname?: string
  readonly capabilities?: Capabilities
  /** X25519, base64: secrets in its documents are sealed to it. */
  readonly publicKey?: string
  readonly phase: Phase
  readonly origin: Origin
}

/** Settings between two nodes, for all resources or for one; there is one when it has any. */
export type NodeConnection = {
  /** In the order of their keys. */
  readonly nodes: readonly [string, string]
  readonly props: Props
}
export type ResourceConnection = NodeConnection & { readonly definition: string }

export type PoolDefinition = {
  readonly name: string
  readonly props: Props
  readonly origin: Origin
}

export type StoragePool = {
  readonly node: string
  readonly name: string
  readonly provider: Provider
  readonly backing: string
  readonly sharedSpace?: string
  readonly externalLocking?: boolean
  readonly granularityKib?: number
  /** Why nothing can be placed in it, as its satellite last said. */
  readonly problem?: PoolProblem
  readonly props: Props
  readonly origin: Origin
}

/** A volume group, thin pool or zpool that Varve has made of disks, or is about to. */
export type DevicePool = {
  readonly node: string
  /** Volume group, `vg/thinpool` or zpool. */
  readonly backing: string
  readonly provider: DevicePoolProvider
  readonly devices: readonly PhysicalDevice[]
  /** `failed`: it is not there as a whole; what is there carries its mark, and goes with it. */
  readonly phase: 'creating' | 'ready' | 'failed' | 'deleting'
  /** Running: making or deleting it. */
  readonly operation?: string
  /** Why it could not be made, or not be deleted. */
  readonly problem?: string
  /** The storage pool that was asked for along with it. */
  readonly storagePool?: string
  readonly origin: Origin
}

/** What has been promised from a pool; kept up by evolve so that placement need not add it up. */
export type PoolUsage = {
  readonly node: string
  readonly pool: string
  readonly reservedKib: number
  /** Part of `reservedKib` whose backing devices nobody has seen yet: still free, but not for long. */
  readonly pendingKib: number
  /** Volumes, and companions of volumes wherever those are. */
  readonly volumes: number
  /** Volumes of each definition in the pool: its size is the number of distinct resources. */
  readonly resources: number
}

export type ResourceGroup = {
  readonly name: string
  readonly description?: string
  readonly filter: SelectFilter
  readonly peerSlots?: number
  readonly props: Props
  readonly origin: Origin
}

export type VolumeGroup = {
  readonly group: string
  readonly number: number
  readonly gross: boolean
  readonly props: Props
}

/** A node-id that peers still hold a bitmap slot for; free once `waiting` is empty. */
export type RetiredNodeId = {
  readonly nodeId: number
  readonly since: number
  readonly waiting: readonly string[]
}

export type ResourceDefinition = {
  readonly name: string
  readonly externalName?: string | undefined
  readonly group: string
  readonly layers: readonly Layer[]
  readonly peerSlots: number
  readonly preferredPort?: number | undefined
  /** DRBD's shared secret, encrypted by the master key; absent: connections prove nothing. */
  readonly secret?: { readonly wrapped: string; readonly fingerprint: string }
  readonly props: Props
  readonly retired: readonly RetiredNodeId[]
  /** Its volumes are going back to a snapshot: it is not to be used meanwhile. */
  readonly rollback?: Rollback
  /** Why the last rollback was given up, before it had changed anything. */
  readonly rollbackProblem?: { readonly snapshot: string; readonly problem: string }
  readonly phase: Phase
  readonly origin: Origin
}

/**
 * `stopping`: every node takes it down, and nothing has changed yet. `rolling-back`: it is down
 * everywhere, and each replica takes the snapshot's content. `starting`: all have it, and come up.
 */
export type Rollback = {
  readonly snapshot: string
  readonly operation: string
  readonly phase: 'stopping' | 'rolling-back' | 'starting'
  /** Log sequence and time (ms) at which the phase began. */
  readonly since: number
  readonly at: number
  /** Name keys of the nodes that have done what the phase asks for. */
  readonly reached: readonly string[]
}

export type Resizing = {
  readonly operation: string
  readonly since: number
  readonly fromKib: number
  /** Set once all storage has grown: the node that grows DRBD. */
  readonly resizer?: string
}

export type VolumeDefinition = {
  readonly definition: string
  readonly number: number
  readonly sizeKib: number
  readonly gross: boolean
  readonly minor?: number | undefined
  readonly day0?: string | undefined
  /** Whose replica is born UpToDate, and its first generation. */
  readonly source?: { readonly node: string; readonly generation: string }
  readonly initialized: boolean
  readonly resizing?: Resizing
  /** The file system that it gets before its first use, and from whom. */
  readonly format?: {
    readonly node: string
    readonly fileSystem: FileSystem
    readonly done: boolean
  }
  /** What opens its LUKS headers, encrypted by the master key. */
  readonly luksKey?: string
  /** The definition that the key was encrypted for; absent: this one. */
  readonly luksKeyBoundTo?: string
  /** True: a user chose it, so it may be guessed. */
  readonly luksKeyIsChosen?: true
  /** While headers are being changed: what the nodes that wait may still have. */
  readonly rekeying?: {
    readonly previous: string
    readonly previousBoundTo?: string
    readonly operation: string
    readonly since: number
    /** Name keys of nodes. */
    readonly waiting: readonly string[]
  }
  readonly props: Props
  readonly phase: Phase
  readonly origin: Origin
}

export type Resource = {
  readonly definition: string
  readonly node: string
  readonly kind: ResourceKind
  readonly diskfulBy?: DiskfulBy | undefined
  readonly nodeId?: number | undefined
  readonly ports: readonly number[]
  readonly peerSlots?: number | undefined
  readonly props: Props
  readonly phase: Phase
  readonly origin: Origin
}

export type Volume = {
  readonly definition: string
  readonly node: string
  readonly number: number
  /** Absent on diskless resources. */
  readonly pool?: string | undefined
  /** The snapshot that its content comes from. */
  readonly from?:
    | {
        readonly definition: string
        readonly snapshot: string
        /** It has come, and the node has said that all is as it shall be. */
        readonly isThere?: boolean
      }
    | undefined
  /** It was placed when other replicas had data already. */
  readonly isLate?: true | undefined
  /** Storage that is made anew in its place is empty. */
  readonly hasBeenInUse?: true | undefined
  /** Backing objects beside the data: caches, DRBD's external metadata. */
  readonly companions?: readonly Companion[] | undefined
  /** Last disk state that became a fact. */
  readonly disk?: DiskState | undefined
  /** Usable size of the backing device as last confirmed, KiB. */
  readonly deployedKib?: number | undefined
  readonly props: Props
  readonly origin: Origin
}

/** How far a node is with what the snapshot's phase asks of it. */
export type SnapshotState = 'waiting' | 'suspended' | 'taken' | 'kept' | 'removed'

/** A snapshot that came to its node from another one. */
export type SnapshotCopy = {
  /** Node whose volumes these bytes were: copies of one content are equal to the last byte. */
  readonly content: string
  /** Snapshot that named the object which holds it (ZFS), and that one's entry. */
  readonly root: { readonly snapshot: string; readonly entry: string }
} & (
  | {
      readonly status: 'receiving'
      readonly operation: string
      readonly from: string
      readonly base?: string | undefined
      /** Where the receiver listens, as soon as it does. */
      readonly port?: number
    }
  | { readonly status: 'there' }
  /** What had come of it is being removed, or has been. */
  | { readonly status: 'failed'; readonly problem: string }
)

export type SnapshotNode = {
  readonly node: string
  readonly nodeId?: number | undefined
  readonly peerSlots?: number | undefined
  readonly state: SnapshotState
  /** Absent: it was taken here. */
  readonly copy?: SnapshotCopy
  /** Where its volumes lay; none on a diskless node, which only held its input and output. */
  readonly volumes: readonly { readonly number: number; readonly pool: string }[]
}

export type Snapshot = {
  readonly definition: string
  readonly name: string
  /** `failed`: nothing of it is kept, and `problem` says why; its name is taken until deleted. */
  readonly phase: 'suspending' | 'taking' | 'resuming' | 'ready' | 'failed' | 'deleting'
  /** Time of the last change of phase, ms: a snapshot that takes too long fails. */
  readonly phaseAt: number
  /** Input and output are held while it is taken. */
  readonly suspends: boolean
  /** Taken for a clone of this name, and gone when that has no need of it. */
  readonly cloneTo?: string
  /** Taken before a rollback to this snapshot, which has not begun yet. */
  readonly rollbackTo?: string
  /** That definition has been made. */
  readonly cloned?: boolean
  readonly nodes: readonly SnapshotNode[]
  /** Sizes that the volumes had. */
  readonly volumes: readonly {
    readonly number: number
    readonly sizeKib: number
    readonly gross: boolean
    /** What opened its LUKS header then, as in a volume definition. */
    readonly luksKey?: string
    readonly luksKeyBoundTo?: string
    readonly luksKeyIsChosen?: true
  }[]
  /** Running: making or deleting it. */
  readonly operation?: string
  readonly problem?: string
  readonly props: Props
  readonly origin: Origin
}

export type Operation = {
  readonly id: string
  readonly kind:
    | 'delete-node'
    | 'delete-resource'
    | 'delete-resource-definition'
    | 'delete-volume-definition'
    | 'resize-volume-definition'
    | 'change-passphrase'
    | 'create-snapshot'
    | 'delete-snapshot'
    | 'rollback-snapshot'
    | 'copy-snapshot'
    | 'create-device-pool'
    | 'delete-device-pool'
  readonly target: Reference
  readonly origin: Origin
}

/** The master key, encrypted by the cluster's passphrase; there is one at most. */
export type Encryption = {
  readonly master: string
  /** Term whose leader holds the open key: a later leader has to be given the passphrase again. */
  readonly unlockedTerm: number
  readonly origin: Origin
}

/** What an accepted command was answered, for the same id sent again. */
export type Outcome = {
  readonly sequence: number
  /** Place in the ring of remembered outcomes. */
  readonly slot: string
  readonly type: string
  readonly reply?: Readonly<Record<string, unknown>> | undefined
}
