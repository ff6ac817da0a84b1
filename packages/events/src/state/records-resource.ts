/** The records of resources on nodes: see records.ts. */
import type { Companion } from '../companion.ts'
import type { DesiredVolume } from '../desired.ts'
import type { DiskfulBy, DiskState, Layer, Props, ResourceKind } from '../kinds.ts'
import type { Origin, Phase } from './records.ts'

export type Resource = {
  readonly definition: string
  readonly node: string
  readonly kind: ResourceKind
  readonly diskfulBy?: DiskfulBy | undefined
  readonly nodeId?: number | undefined
  readonly ports: readonly number[]
  readonly peerSlots?: number | undefined
  /** Diskful, and its data is still to come. `was`: what it goes back to when that is aborted. */
  readonly adding?: { readonly operation: string; readonly was: ResourceKind } | undefined
  /** Diskless, and its storage is still to go. `since`: log sequence. */
  readonly removing?: { readonly operation: string; readonly since: number } | undefined
  /** It had a disk once, so its peers may have a bitmap slot for its node-id. */
  readonly hadDisk?: true | undefined
  /** It makes way for the replica on node `by`, or for none, as soon as that is safe. */
  readonly leaving?:
    | { readonly operation: string; readonly by?: string; readonly leaveSnapshots?: true }
    | undefined
  /** Without a disk, and in use since then (ms). */
  readonly openedAt?: number | undefined
  /** Its node is to be emptied, but there was no place for it at that time (ms). */
  readonly blocked?: { readonly problem: string; readonly at: number } | undefined
  /** The shared space that all its volumes are in: others of the definition there are its twins. */
  readonly space?: string | undefined
  /**
   * Closed on its node, or to be: `operation` runs until the node has said that it is. `since`: log
   * sequence. `heir`: node whose twin is active next.
   */
  readonly inactive?:
    | { readonly since: number; readonly operation?: string; readonly heir?: string }
    | undefined
  /** It goes while a twin stays, or goes after it: the storage is not its to remove. */
  readonly keepsStorage?: true | undefined
  readonly props: Props
  readonly phase: Phase
  readonly origin: Origin
}

/**
 * A shared space in which somebody has to change LVM's metadata. One after the other does: LVM itself
 * keeps nobody on another node from doing so at the same time.
 */
export type SharedSpace = {
  readonly name: string
  /** Whose turn it is, then who is next. */
  readonly queue: readonly Turn[]
  /** Log sequence since which the first is to let go of its turn. */
  readonly recalled?: number
}
export type Turn = { readonly definition: string; readonly node: string }

/** What an absent node still holds of a resource that is gone; it removes that when it returns. */
export type Debt = {
  readonly definition: string
  readonly node: string
  readonly layers: readonly Layer[]
  readonly volumes: readonly DesiredVolume[]
  readonly since: number
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
  /** Its storage is only there until the node has removed it. */
  readonly isLeaving?: true | undefined
  /** Backing objects beside the data: caches, DRBD's external metadata. */
  readonly companions?: readonly Companion[] | undefined
  /** Mark of its storage; absent: that of its own origin. */
  readonly owner?: string | undefined
  /** Its storage is that of a volume on another node, which counts. */
  readonly isTwin?: true | undefined
  /** Last disk state that became a fact. */
  readonly disk?: DiskState | undefined
  /** Usable size of the backing device as last confirmed, KiB. */
  readonly deployedKib?: number | undefined
  readonly props: Props
  readonly origin: Origin
}
