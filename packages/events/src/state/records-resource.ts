/** The records of resources on nodes: see records.ts. */
import type { Companion } from '../companion.ts'
import type { DiskfulBy, DiskState, Props, ResourceKind } from '../kinds.ts'
import type { Origin, Phase } from './records.ts'

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
