/** The port of a storage provider: where an object is, and the steps of its life. All pure. */
import type { DesiredStorage } from '@varve/events'
import type { BackingObject, Inventory } from '../core/inventory.ts'
import type { Step } from '../core/step.ts'

/** A snapshot of one backing object: in the same place, with an owner mark of its own. */
export type SnapshotObject = {
  readonly snapshot: string
  readonly backing: string
  /** Name of the object that it is a snapshot of. */
  readonly source: string
  readonly owner: string
  /** What users add to the command that takes it. */
  readonly options?: string
}

/** A volume that shall have the content of a snapshot of its own, while nobody uses it. */
export type RollBack = {
  readonly storage: DesiredStorage
  readonly from: SnapshotObject
  /** Put on what has the content, so that it is never done twice. */
  readonly operation: string
  /** The volume as it is; without the mark of this rollback. */
  readonly object: BackingObject | undefined
  /** What is in the place that `spare` names. */
  readonly spare: BackingObject | undefined
}

/** How a snapshot leaves a machine as changes of blocks, and how one comes to it. */
export type BlockTransfer = {
  readonly kind: 'blocks'
  /** Where its content is read and written. */
  readonly path: (of: SnapshotObject) => string
  /** Makes it readable there; and gives that up. */
  readonly open: (of: SnapshotObject) => Step[]
  readonly close: (of: SnapshotObject) => Step[]
  /** An object that takes the content in, marked as new: all zeroes, or as the base is. */
  readonly prepare: (of: SnapshotObject, sizeKib: number, base?: SnapshotObject) => Step[]
  /** All of it has come: from now on it is a snapshot as any other. */
  readonly finish: (of: SnapshotObject) => Step[]
  /** Why what is written in part would not be whole there; undefined: it is. */
  readonly obstacle?: (of: SnapshotObject, inventory: Inventory) => string | undefined
}

/** ZFS tells its own changes. */
export type ZfsTransfer = {
  readonly kind: 'zfs'
  readonly send: (of: SnapshotObject, base?: SnapshotObject) => string[]
  /** `holder`: mark of the volume that is made to hold it; absent: that is there. */
  readonly receive: (of: SnapshotObject, holder?: string) => string[]
  readonly finish: (of: SnapshotObject) => Step[]
  /** A volume whose replica is gone becomes, with this mark, what holds its snapshots. */
  readonly hold: (of: SnapshotObject, holder: string) => Step[]
}

/** What a provider can do with snapshots. Each step is idempotent only through a new look. */
export type SnapshotAbility = {
  readonly locate: (of: SnapshotObject) => { readonly place: string; readonly key: string }
  /** Makes it with its mark, whole or not at all. */
  readonly take: (of: SnapshotObject) => Step[]
  readonly remove: (of: SnapshotObject, object: BackingObject) => Step[]
  /** As `create`, with the content and the size of the snapshot. */
  readonly restore: (storage: DesiredStorage, from: SnapshotObject) => Step[]
  /** Key of an object that is there only while a volume is rolled back. */
  readonly spare?: (storage: DesiredStorage) => string
  /** Next steps until the volume has content and mark; the snapshot stays as it is. */
  readonly rollBack: (rollback: RollBack) => Step[]
  readonly transfer: BlockTransfer | ZfsTransfer
}

export type StorageProvider = {
  /** Place (volume group, directory) and key of the object in the inventory. */
  readonly locate: (storage: DesiredStorage) => { readonly place: string; readonly key: string }
  /** Key of a mark that was written before its object, and is listed as long as that has not come. */
  readonly mark?: (storage: DesiredStorage) => string
  /** The device as soon as the object exists; undefined when only the machine knows it. */
  readonly device: (storage: DesiredStorage) => string | undefined
  /** Makes it, marked with its owner and as new. */
  readonly create: (storage: DesiredStorage) => Step[]
  /** Makes its device appear. */
  readonly activate: (storage: DesiredStorage) => Step[]
  /** Makes its device go, and leaves the object as it is; empty: it always has one. */
  readonly deactivate: (storage: DesiredStorage, object: BackingObject) => Step[]
  /** Wipes what an earlier owner of the space left; only for new objects. */
  readonly clean: (storage: DesiredStorage) => Step[]
  /** Takes the mark `new` off: from now on nothing wipes or formats it any more. */
  readonly settle: (storage: DesiredStorage) => Step[]
  /** Never shrinks. Empty when the object and its device have the size already. */
  readonly grow: (storage: DesiredStorage, object: BackingObject) => Step[]
  /** Never grows, and looks at nothing: empty when the object is no larger than it shall be. */
  readonly shrink: (storage: DesiredStorage, object: BackingObject) => Step[]
  /** With `keepAs` it gets that name instead. */
  readonly remove: (storage: DesiredStorage, object: BackingObject) => Step[]
  /** A sentence: why it has none. */
  readonly snapshots: SnapshotAbility | string
}
