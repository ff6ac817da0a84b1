/** The records of groups and definitions: see records.ts. */
import type { FileSystem } from '../file-system.ts'
import type { SelectFilter } from '../filter.ts'
import type { Layer, Props } from '../kinds.ts'
import type { Origin, Phase } from './records.ts'

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

/** Deleted, and kept for a while. `since`: log sequence; `at`, `until`: ms since epoch. */
export type Trashed = {
  readonly status: 'trashed'
  readonly since: number
  readonly at: number
  readonly until: number
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
  /** Diskful replicas went with their nodes, and nobody wished it; `rebuilding`: they are made anew. */
  readonly missing?: { readonly status: 'waiting' | 'rebuilding'; readonly since: number }
  /** Node that got a disk of its own because it used the volumes so long; not cleaned up yet. */
  readonly converted?: string
  /** Number of the next automatic snapshot; none was taken yet while it is absent. */
  readonly nextAutoSnapshot?: number
  /** Its volumes are going back to a snapshot: it is not to be used meanwhile. */
  readonly rollback?: Rollback
  /** Why the last rollback was given up, before it had changed anything. */
  readonly rollbackProblem?: { readonly snapshot: string; readonly problem: string }
  readonly phase: Phase | Trashed
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
