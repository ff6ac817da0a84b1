/**
 * The records of the state: plain data, replaced and never changed. Optional fields of records that
 * are many may also be undefined: objects of one form are read fast.
 */
import type { Capabilities } from '../capabilities.ts'
import type { OperationKind } from '../event/cluster.ts'
import type { NodeKind, Props, Provider } from '../kinds.ts'
import type { DevicePoolProvider, PhysicalDevice, PoolArguments } from '../physical.ts'
import type { PolicyName } from '../policy.ts'
import type { PoolProblem } from '../problem.ts'
import type { Reference } from '../reference.ts'
import type { RemoteKind } from '../remote.ts'
import type { Role, UserRole } from '../role.ts'
import type { OnFailure } from '../schedule.ts'
import type { WebhookFilter } from '../webhook.ts'

export type * from './records-definition.ts'
export type * from './records-resource.ts'
export type * from './records-snapshot.ts'

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
  /** `unseenSince`: since then not even the peers of its resources have word of it. */
  | { readonly status: 'offline'; readonly since: number; readonly unseenSince?: number }

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
  /** It takes no replicas, and is being emptied while the operation runs. */
  readonly evacuation?: {
    readonly operation: string
    /** Nodes that may take its replicas; absent: all but `doNotTarget`. */
    readonly targets?: readonly string[]
    readonly doNotTarget?: readonly string[]
  }
  /** It was evicted last at that time; kept when it is back, so that a policy counts its own. */
  readonly evicted?: { readonly at: number; readonly operation: string; readonly byHand?: true }
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

/** Somebody outside who is told; `secret` is ciphertext under the master key. */
export type Webhook = {
  readonly name: string
  readonly url: string
  readonly secret?: string
  readonly filter: WebhookFilter
  /** Log sequence after which it begins. */
  readonly from: number
  readonly origin: Origin
}

/** A place outside the cluster; `secrets` are ciphertext under the master key. */
export type Remote = {
  readonly name: string
  readonly kind: RemoteKind
  readonly settings: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, string>>
  readonly origin: Origin
}

/** A file that nodes get with the resources it belongs to; `content` is base64. */
export type ExternalFile = {
  readonly path: string
  readonly content: string
  readonly altSuffixes: readonly string[]
  readonly origin: Origin
}

/** When backups are to be made. Absent limits: none. */
export type Schedule = {
  readonly name: string
  readonly fullCron: string
  readonly incCron?: string | undefined
  readonly keepLocal?: number | undefined
  readonly keepRemote?: number | undefined
  readonly onFailure: OnFailure
  readonly maxRetries?: number | undefined
  readonly origin: Origin
}

/** Somebody with a key of his own: a person, a program, or the satellite of a node. */
export type Member = {
  readonly name: string
  readonly role: Role
  readonly publicKey: string
  readonly origin: Origin
}

/** Who has the text that `tokenHash` is the SHA-256 of may use the REST API as `role`. */
export type AuthToken = {
  readonly number: number
  /** Empty once it is revoked. */
  readonly tokenHash: string
  readonly role: UserRole
  readonly description: string
  /** ms since epoch. */
  readonly expiresAt?: number | undefined
  /** The only address that it is taken from. */
  readonly address?: string | undefined
  readonly isActive: boolean
  readonly isRevoked: boolean
  readonly origin: Origin
}

/** What a client keeps here; only it knows what for. */
export type KeyValueStore = {
  readonly name: string
  readonly props: Props
  readonly origin: Origin
}

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
  /** Users' words for the tools that make it. */
  readonly arguments?: PoolArguments
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

export type Operation = {
  readonly id: string
  readonly kind: OperationKind
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

/** What a policy would do; there is one for each object that a policy has ever had a wish about. */
export type Proposal = {
  readonly policy: PolicyName
  readonly about: Reference
  readonly commands: readonly { readonly type: string; readonly args: unknown }[]
  readonly wish: string
  /** Why it does not do it, although it may; absent: it is in shadow. */
  readonly held?: string
  /** Absent: it would still do so. */
  readonly closed?: { readonly at: number; readonly outcome: string }
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
