/**
 * Where in the log the entries about each object stand. Bounded: per object the newest entries,
 * over all the objects that changed last; what was dropped is said, never hidden.
 *
 * Every entry of a busy leader passes here, so a definition stands for its resources and volumes
 * (`ownerOf`): who asks for one of those reads the definition's entries and takes what fits.
 */
import type { Entry } from '@varve/events'
import { ownerOf, ownersOf } from './references.ts'

export type HistoryPosition = { readonly sequence: number; readonly index: number }

export type HistoryLimits = {
  readonly perObject: number
  /** Positions over all objects, 8 bytes each. */
  readonly total: number
}

/** About 50 MB when full, with keys and lists. */
const usualLimits: HistoryLimits = { perObject: 1000, total: 3_000_000 }

/** Entries in a block; a position is one number: sequence × this + index. */
const indexSpan = 65_536

type Row = { positions: number[]; dropped: boolean }
type Rows = { readonly byKey: Map<string, Row>; total: number }

/** Some rows as JSON: key, whether its beginning is lost, the first position, then differences. */
export type SavedHistory = {
  readonly generation: 'old' | 'young'
  readonly hasForgotten: boolean
  readonly rows: readonly (readonly [string, boolean, ...number[]])[]
}

/** Rows that are saved together. */
const savedRows = 500

export class HistoryIndex {
  readonly #limits: HistoryLimits
  /** Two generations: what changes moves into the young one, the old one is dropped as a whole. */
  #young: Rows = { byKey: new Map(), total: 0 }
  #old: Rows = { byKey: new Map(), total: 0 }
  #hasForgotten = false

  constructor(limits: Partial<HistoryLimits> = {}) {
    this.#limits = { ...usualLimits, ...limits }
  }

  /** Feed every entry once, in the order of the log. */
  add(entry: Pick<Entry, 'events'>, sequence: number, index: number): void {
    const position = sequence * indexSpan + index
    const owners = new Set<string>()
    for (const event of entry.events) for (const owner of ownersOf(event)) owners.add(owner)
    for (const owner of owners) this.#put(owner.toLowerCase(), position)
    if (this.#young.total > this.#limits.total / 2) this.#age()
  }

  /** Positions of entries about the object's owner, newest first, from before `before` on. */
  *of(reference: string, before?: number): Generator<HistoryPosition> {
    const positions = this.#row(keyOf(reference))?.positions ?? []
    const end = before === undefined ? Number.POSITIVE_INFINITY : before * indexSpan
    for (let i = positions.length - 1; i >= 0; i -= 1) {
      const position = positions[i] ?? 0
      if (position >= end) continue
      yield { sequence: Math.floor(position / indexSpan), index: position % indexSpan }
    }
  }

  /** True when there are entries about the object's owner. */
  has(reference: string): boolean {
    return this.#row(keyOf(reference)) !== undefined
  }

  /** True when there is an entry about the object's owner past the sequence. */
  hasSince(reference: string, sequence: number): boolean {
    const newest = this.#row(keyOf(reference))?.positions.at(-1)
    return newest !== undefined && Math.floor(newest / indexSpan) > sequence
  }

  /** False: older entries about the object exist in the log, but no longer in this index. */
  isComplete(reference: string): boolean {
    const row = this.#row(keyOf(reference))
    return row === undefined ? !this.#hasForgotten : !row.dropped
  }

  /** Positions that are kept. */
  get size(): number {
    return this.#young.total + this.#old.total
  }

  /** The index in parts for a checkpoint; it must not change meanwhile. */
  *saved(): Generator<SavedHistory> {
    const hasForgotten = this.#hasForgotten
    for (const generation of ['old', 'young'] as const) {
      const { byKey } = generation === 'old' ? this.#old : this.#young
      let rows: SavedHistory['rows'][number][] = []
      for (const [key, { positions, dropped }] of byKey) {
        rows.push([key, dropped, ...positions.map((at, index) => at - (positions[index - 1] ?? 0))])
        if (rows.length < savedRows) continue
        yield { generation, hasForgotten, rows }
        rows = []
      }
      yield { generation, hasForgotten, rows }
    }
  }

  /** Takes one part of what `saved` gave, into an index that has seen no entry yet. */
  restore({ generation, hasForgotten, rows }: SavedHistory): void {
    this.#hasForgotten = hasForgotten
    const into = generation === 'old' ? this.#old : this.#young
    for (const [key, dropped, ...differences] of rows) {
      let at = 0
      const positions = differences.map((difference) => {
        at += difference
        return at
      })
      into.byKey.set(key, { positions, dropped })
      into.total += positions.length
    }
  }

  #row(key: string): Row | undefined {
    return this.#young.byKey.get(key) ?? this.#old.byKey.get(key)
  }

  #put(key: string, position: number): void {
    const { positions } = this.#youngRow(key)
    // Events of one entry come together: the object's newest position says whether it is known.
    if (positions.at(-1) === position) return
    positions.push(position)
    this.#young.total += 1
    if (positions.length > this.#limits.perObject) this.#cut(key)
  }

  #youngRow(key: string): Row {
    const known = this.#young.byKey.get(key)
    if (known) return known
    // An object that was dropped as a whole and comes again has lost its beginning.
    const row = this.#old.byKey.get(key) ?? { positions: [], dropped: this.#hasForgotten }
    if (this.#old.byKey.delete(key)) this.#old.total -= row.positions.length
    this.#young.byKey.set(key, row)
    this.#young.total += row.positions.length
    return row
  }

  /** A quarter at once, so that the list is not moved with every entry. */
  #cut(key: string): void {
    const row = this.#youngRow(key)
    const surplus = Math.ceil(this.#limits.perObject / 4)
    row.positions.splice(0, surplus)
    row.dropped = true
    this.#young.total -= surplus
  }

  #age(): void {
    if (this.#old.byKey.size > 0) this.#hasForgotten = true
    this.#old = this.#young
    this.#young = { byKey: new Map(), total: 0 }
  }
}

const keyOf = (reference: string) => ownerOf(reference).toLowerCase()
