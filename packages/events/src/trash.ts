/** Deleted definitions that are kept for a while. Off unless a retention is set. */
import type { Props } from './kinds.ts'
import { firstOf } from './property/inherit.ts'

export const trashRetentionKey = 'Varve/Trash/Retention'
export const trashOverRestKey = 'Varve/Trash/OverRest'

const minuteMs = 60_000

/** `chain`: containers, most specific first. Undefined: there is no trash. */
export function trashRetentionMs(chain: readonly (Props | undefined)[]): number | undefined {
  const minutes = Number(firstOf(trashRetentionKey, chain) ?? 0)
  return minutes > 0 ? minutes * minuteMs : undefined
}

/** LINSTOR's clients expect that a name is free when its definition is deleted. */
export function isTrashOverRest(chain: readonly (Props | undefined)[]): boolean {
  return firstOf(trashOverRestKey, chain)?.toLowerCase() === 'true'
}
