/** Entries by whom, what, where and when, without an object: the log read backwards, part by part. */
import type { World } from '../world.ts'
import { type HistoryFilter, matches, needlesOf, orderOf } from './filter.ts'
import { type HistoryRow, historyRow } from './rows.ts'

export type Found = {
  readonly rows: readonly HistoryRow[]
  /** Older entries than this sequence have not been looked at; absent: all have. */
  readonly next?: number
}

/** So much is looked through for one answer: a fraction of a second. */
const budgetBytes = 64 * 1024 * 1024

export async function searchLog(
  world: World,
  filter: HistoryFilter,
  page: { readonly limit: number; readonly before?: number },
): Promise<Found> {
  const rows: HistoryRow[] = []
  let next = await beginOf(world, filter, page.before)
  let left = budgetBytes
  for await (const part of world.search?.(needlesOf(filter, world.state), next) ?? []) {
    for (const { sequence, entries } of part.blocks) {
      for (const [index, entry] of [...entries.entries()].reverse()) {
        if (!matches(entry, sequence, filter)) continue
        rows.push(historyRow(entry, { sequence, index, siblings: entries }))
      }
      // Whole blocks: the next page begins before one.
      if (rows.length >= page.limit) return { rows, next: sequence }
    }
    next = part.from
    if (filter.since && orderOf(part.at, part.from, filter.since) < 0) break
    left -= part.bytes
    if (left <= 0 && part.from > 1) return { rows, next }
  }
  return { rows }
}

/** The sequence before which the search begins. */
async function beginOf(
  world: World,
  { until }: HistoryFilter,
  before = Number.POSITIVE_INFINITY,
): Promise<number> {
  const end = world.state.position.sequence + 1
  if (!until) return Math.min(before, end)
  const last =
    'timeMs' in until ? ((await world.sequenceAt?.(until.timeMs)) ?? end) : until.sequence
  return Math.min(before, end, last + 1)
}
