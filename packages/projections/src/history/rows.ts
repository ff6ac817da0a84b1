/** Entries as rows for people: who, why, what, in one line each. */
import type { Actor, Entry } from '@varve/events'
import { eventSummary, joinedSummary } from '../summary.ts'
import type { World } from '../world.ts'
import { referencesOf } from './references.ts'

export type HistoryRow = {
  readonly sequence: number
  readonly index: number
  readonly id: string
  readonly at: number
  readonly actor: Actor
  readonly command: string
  readonly reason?: string
  /** Id of the entry or operation that led to this one. */
  readonly cause?: string
  readonly summary: string
}

export type History = {
  readonly object: string
  readonly rows: readonly HistoryRow[]
  /** False: the log has older entries about the object that the index no longer knows. */
  readonly isComplete: boolean
}

export type EntryDetail = HistoryRow & {
  readonly args: unknown
  readonly events: readonly { readonly summary: string; readonly event: unknown }[]
  readonly explain?: Entry['explain']
}

/** Newest first. Only the blocks of the page are read. */
export async function historyOf(
  world: World,
  object: string,
  page: { limit: number; before?: number },
): Promise<History> {
  const rows: HistoryRow[] = []
  for (const { sequence, index } of world.history.of(object, page)) {
    const entry = (await world.entryAt(sequence))?.[index]
    if (entry) rows.push(historyRow(entry, sequence, index, object))
  }
  return { object, rows, isComplete: world.history.isComplete(object) }
}

/** With `object`, the sentence tells of the events that concern it, not of all. */
export function historyRow(
  entry: Entry,
  sequence: number,
  index: number,
  object?: string,
): HistoryRow {
  const key = object?.toLowerCase()
  const events = entry.events.filter(
    (event) =>
      key === undefined || referencesOf(event).some((reference) => reference.toLowerCase() === key),
  )
  return {
    sequence,
    index,
    id: entry.id,
    at: entry.at,
    actor: entry.actor,
    command: entry.command.type,
    ...(entry.reason === undefined ? {} : { reason: entry.reason }),
    ...(entry.cause === undefined ? {} : { cause: entry.cause }),
    summary: joinedSummary(entry.command.type, events, 2),
  }
}

export function entryDetail(entry: Entry, sequence: number, index: number): EntryDetail {
  return {
    ...historyRow(entry, sequence, index),
    args: entry.command.args,
    events: entry.events.map((event) => ({ summary: eventSummary(event), event })),
    ...(entry.explain === undefined ? {} : { explain: entry.explain }),
  }
}
