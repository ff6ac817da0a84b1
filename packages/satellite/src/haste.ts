/**
 * While input and output are held for a snapshot, users wait. Its resource is looked at alone and
 * at once then, and does not wait for a slot; all others have their turn a little later.
 */
import { type DesiredResource, suspensionLimitMs } from '@varve/events'

type Hasty = { readonly document: DesiredResource; hastyUntil?: number }

/** After so long in haste everything is looked at once, milliseconds. */
const owedMs = 5_000

/** Until when a document that has just come is in haste: no snapshot is under way for longer. */
export function hasteOf(document: DesiredResource, nowMs: number): number | undefined {
  const isUnderWay =
    document.state === 'present' &&
    document.snapshots?.some(({ step }) => step === 'suspend' || step === 'take')
  return isUnderWay ? nowMs + suspensionLimitMs : undefined
}

export const isHasty = ({ hastyUntil }: Hasty, nowMs: number): boolean =>
  hastyUntil !== undefined && nowMs < hastyUntil

export type Haste<E> = {
  /** Those that cannot wait; undefined: there are none, or it is the others' turn. */
  readonly of: (entries: Iterable<E>, nowMs: number) => E[] | undefined
  /** When the others have their turn; infinity: they are not kept waiting. */
  readonly dueAt: () => number
}

export function createHaste<E extends Hasty>(): Haste<E> {
  let owedAt = Number.POSITIVE_INFINITY
  return {
    of: (entries, nowMs) => {
      const hasty = [...entries].filter((entry) => isHasty(entry, nowMs))
      const isOver = hasty.length === 0 || nowMs >= owedAt
      owedAt = isOver ? Number.POSITIVE_INFINITY : Math.min(owedAt, nowMs + owedMs)
      return isOver ? undefined : hasty
    },
    dueAt: () => owedAt,
  }
}
