/** What the reconciler works with, and whom it tells. */
import type { Inventory } from './core/inventory.ts'
import type { DrbdTable } from './drbd-table.ts'
import type { Entry } from './entry.ts'
import type { Host } from './host/host.ts'
import type { Clock, Log } from './ports.ts'
import type { NodeKey } from './secrets/node-key.ts'

export type ReconcilerOptions = {
  readonly host: Host
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly table: DrbdTable
  /** Resources worked on at the same time. */
  readonly parallel: number
  /** Opens what was sealed to this node. */
  readonly unseal?: NodeKey['unseal']
  /** Keys of objects that a snapshot is coming into right now: nobody else touches them. */
  readonly receiving?: () => ReadonlySet<string>
  /** Called before a round acts: what must be on disk first. */
  readonly beforeRound: () => Promise<void>
  readonly onEntry: (entry: Entry) => void
  readonly onInventory: (inventory: Inventory) => void
}
