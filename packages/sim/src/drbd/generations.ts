/** What two replicas have to do when they meet, decided from their data generations. */
import {
  type DrbdMetadata,
  justCreated,
  type Slot,
  sameGeneration,
  slotOf,
  zero,
} from './metadata.ts'

export type Verdict =
  | { readonly kind: 'in-sync' }
  /** `source` names the side that has the newer data; `slot` is the node-id of its bitmap. */
  | {
      readonly kind: 'sync'
      readonly source: 'a' | 'b'
      readonly full: boolean
      readonly slot?: number
    }
  | { readonly kind: 'split-brain' }
  | { readonly kind: 'unrelated' }

type Side = { readonly md: DrbdMetadata; readonly nodeId: number; readonly consistent: boolean }

/**
 * The rules of drbd_uuid_compare() in DRBD's receiver that a control plane can meet, in its order:
 * just created, equal, one side's bitmap is based on the other's data, split brain, history.
 */
export function compareGenerations(a: Side, b: Side): Verdict {
  const freshA = sameGeneration(a.md.current, justCreated)
  const freshB = sameGeneration(b.md.current, justCreated)
  if (freshA && freshB) return { kind: 'in-sync' }
  if (freshA) return { kind: 'sync', source: 'b', full: true }
  if (freshB) return { kind: 'sync', source: 'a', full: true }
  if (sameGeneration(a.md.current, b.md.current)) return byDiskState(a, b)

  const slotOfA = basedOn(b.md, a)
  if (slotOfA !== undefined) return { kind: 'sync', source: 'b', full: false, slot: slotOfA }
  const slotOfB = basedOn(a.md, b)
  if (slotOfB !== undefined) return { kind: 'sync', source: 'a', full: false, slot: slotOfB }

  const bitmapA = slotOf(a.md, b.nodeId).uuid
  const bitmapB = slotOf(b.md, a.nodeId).uuid
  if (bitmapA !== zero && sameGeneration(bitmapA, bitmapB)) return { kind: 'split-brain' }
  if (has(b.md.history, a.md.current)) return { kind: 'sync', source: 'b', full: true }
  if (has(a.md.history, b.md.current)) return { kind: 'sync', source: 'a', full: true }
  return ancestors(a.md).some((each) => has(ancestors(b.md), each))
    ? { kind: 'split-brain' }
    : { kind: 'unrelated' }
}

/** Equal generations: an interrupted resync leaves one side inconsistent. */
function byDiskState(a: Side, b: Side): Verdict {
  if (a.consistent === b.consistent) return { kind: 'in-sync' }
  const source = a.consistent ? 'a' : 'b'
  const other = a.consistent ? b : a
  return { kind: 'sync', source, full: false, slot: other.nodeId }
}

/** Node-id of the slot in `md` whose bitmap starts at what `peer` has; its own slot first. */
function basedOn(md: DrbdMetadata, peer: Side): number | undefined {
  const starts = (slot: Slot | undefined) =>
    slot !== undefined && slot.uuid !== zero && sameGeneration(slot.uuid, peer.md.current)
  const own = md.version === 'v08' ? 0 : peer.nodeId
  if (starts(md.slots.get(own))) return own
  for (const [nodeId, slot] of md.slots) if (starts(slot)) return nodeId
  return undefined
}

const has = (list: readonly string[], generation: string) =>
  generation !== zero && list.some((each) => sameGeneration(each, generation))

const ancestors = (md: DrbdMetadata) =>
  [...md.history, ...[...md.slots.values()].map((slot) => slot.uuid)].filter(
    (each) => each !== zero,
  )
