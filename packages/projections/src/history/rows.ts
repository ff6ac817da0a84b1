/** Entries as rows for people: who, why, what, in one line each. */
import type { Actor, Entry, FoldedEntry, VarveEvent } from '@varve/events'
import { eventSummary, joinedSummary } from '../summary.ts'
import type { World } from '../world.ts'
import { type HistoryFilter, matches } from './filter.ts'
import { ownerOf, referencesOf } from './references.ts'

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
  /** That entry in words, where it stands in the same block. */
  readonly causedBy?: string
  readonly summary: string
}

export type History = {
  /** Absent: of the whole log. */
  readonly object?: string
  readonly rows: readonly HistoryRow[]
  /** False: the log has older entries about the object that the index no longer knows. */
  readonly isComplete: boolean
  /** Older entries than this sequence have not been looked through yet. */
  readonly next?: number
}

export type EntryDetail = HistoryRow & {
  readonly args: unknown
  readonly events: readonly { readonly summary: string; readonly event: unknown }[]
  readonly explain?: Entry['explain']
}

/** Newest first. Only blocks with entries about the object, or about its definition, are read. */
export async function historyOf(
  world: World,
  object: string,
  page: { limit: number; before?: number },
  filter: HistoryFilter = {},
): Promise<History> {
  const key = object.toLowerCase()
  const isOwner = ownerOf(key) === key
  const rows: HistoryRow[] = []
  for await (const { entry, ...place } of entriesOf(world, object, page.before)) {
    if (rows.length >= page.limit) break
    if (!matches(entry, place.sequence, filter)) continue
    if (isOwner || eventsAbout(entry, key).length > 0) rows.push(historyRow(entry, place, object))
  }
  return { object, rows, isComplete: world.history.isComplete(object) }
}

/** The entries about the object's owner, newest first; each block is read once. */
export async function* entriesOf(
  world: World,
  object: string,
  before?: number,
): AsyncGenerator<{ entry: Entry } & Place> {
  let block: { sequence: number; entries: readonly Entry[] } | undefined
  for (const { sequence, index } of world.history.of(object, before)) {
    if (block?.sequence !== sequence) {
      block = { sequence, entries: (await world.entryAt(sequence)) ?? [] }
    }
    const entry = block.entries[index]
    if (entry) yield { entry, sequence, index, siblings: block.entries }
  }
}

/** Where an entry stands, and with which others. */
export type Place = {
  readonly sequence: number
  readonly index: number
  readonly siblings: readonly FoldedEntry[]
}

/** With `object`, the sentence tells of the events that concern it, not of all. */
export function historyRow(entry: FoldedEntry, place: Place, object?: string): HistoryRow {
  const events = object === undefined ? entry.events : eventsAbout(entry, object.toLowerCase())
  const causedBy = causeIn(entry, place.siblings)
  return {
    sequence: place.sequence,
    index: place.index,
    id: entry.id,
    at: entry.at,
    actor: entry.actor,
    command: entry.command.type,
    ...(entry.reason === undefined ? {} : { reason: entry.reason }),
    ...(entry.cause === undefined ? {} : { cause: entry.cause }),
    ...(causedBy === undefined ? {} : { causedBy }),
    summary: joinedSummary(entry.command.type, events, 2),
  }
}

/** An operation is called after the entry that began it. */
function causeIn({ cause }: FoldedEntry, siblings: readonly FoldedEntry[]): string | undefined {
  const [id] = cause?.split('.') ?? []
  const found = id === undefined ? undefined : siblings.find((one) => one.id === id)
  return found && `${found.command.type} of ${found.actor.name}`
}

export function entryDetail(
  entry: Entry,
  sequence: number,
  index: number,
  siblings: readonly FoldedEntry[] = [],
): EntryDetail {
  return {
    ...historyRow(entry, { sequence, index, siblings }),
    args: entry.command.args,
    events: entry.events.map((event) => ({ summary: eventSummary(event), event })),
    ...(entry.explain === undefined ? {} : { explain: entry.explain }),
  }
}

function eventsAbout({ events }: FoldedEntry, key: string): VarveEvent[] {
  return events.filter((event) => referencesOf(event).some((one) => one.toLowerCase() === key))
}
