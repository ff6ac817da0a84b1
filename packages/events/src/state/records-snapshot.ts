/** The records of snapshots: see records.ts. */
import type { CloneAs } from '../clone.ts'
import type { Props } from '../kinds.ts'
import type { Origin } from './records.ts'

/** How far a node is with what the snapshot's phase asks of it. */
export type SnapshotState = 'waiting' | 'suspended' | 'taken' | 'kept' | 'removed'

/**
 * A snapshot that needs no replica beside it: it came to its node from another one, or it was taken
 * there of a replica that is gone since, and `content` is then the node itself.
 */
export type SnapshotCopy = {
  /** Node whose volumes these bytes were: copies of one content are equal to the last byte. */
  readonly content: string
  /**
   * Snapshot that named the object which holds it (ZFS), and that one's entry; the entry alone, as
   * both, where a replica left that object behind.
   */
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
  /** The operation that deletes it here, while it stays on other nodes. */
  readonly leaving?: string
  /** Absent: it was taken here. */
  readonly copy?: SnapshotCopy
  /** Where its volumes lay; none on a diskless node, which only held its input and output. */
  readonly volumes: readonly SnapshotPlace[]
}

export type SnapshotPlace = {
  readonly number: number
  readonly pool: string
  /** Owner mark of the volume that it was taken of, whose replica is gone. */
  readonly owner?: string
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
  /** Taken by the policy, as the so-maniest of its definition. */
  readonly auto?: number
  /** Snapshots of one moment have it in common: no phase is over before it is for all of them. */
  readonly cut?: string
  /** Taken for a clone of this name, and gone when that has no need of it. */
  readonly cloneTo?: string
  readonly cloneAs?: CloneAs
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
    /** Where its generations began: DRBD's metadata comes with the content. */
    readonly day0?: string
    /** What the volume definition said then. */
    readonly props: Props
  }[]
  /** What the definition said then. */
  readonly definitionProps: Props
  /** Running: making or deleting it. */
  readonly operation?: string
  readonly problem?: string
  readonly props: Props
  readonly origin: Origin
}
