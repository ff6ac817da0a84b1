/**
 * Where in the log the entries about each object stand. Bounded: per object the newest entries,
 * over all the objects that changed last; what was dropped is said, never hidden.
 */
import type { Entry } from '@varve/events'
import { referencesOf } from './references.ts'

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

export class HistoryIndex {
  readonly #limits: HistoryLimits
  /** In order of the last change: the first is the one that is dropped next. */
  readonly #rows = new Map<string, Row>()
  #total = 0
  #forgotten = 0

  constructor(limits: Partial<HistoryLimits> = {}) {
    this.#limits = { ...usualLimits, ...limits }
  }

  /** Feed every entry once, in the order of the log. */
  add(entry: Pick<Entry, 'events'>, sequence: number, index: number): void {
    const keys = new Set<string>()
    for (const event of entry.events) {
      for (const reference of referencesOf(event)) keys.add(reference.toLowerCase())
    }
    for (const key of keys) this.#put(key, sequence * indexSpan + index)
    this.#shrink()
  }

  /** Positions of entries about an object, newest first, from before `before` on. */
  of(reference: string, page: { limit: number; before?: number }): HistoryPosition[] {
    const positions = this.#rows.get(reference.toLowerCase())?.positions ?? []
    const end = page.before === undefined ? Number.POSITIVE_INFINITY : page.before * indexSpan
    const found: HistoryPosition[] = []
    for (let i = positions.length - 1; i >= 0 && found.length < page.limit; i -= 1) {
      const position = positions[i] ?? 0
      if (position >= end) continue
      found.push({ sequence: Math.floor(position / indexSpan), index: position % indexSpan })
    }
    return found
  }

  has(reference: string): boolean {
    return this.#rows.has(reference.toLowerCase())
  }

  /** False: older entries about the object exist in the log, but no longer in this index. */
  isComplete(reference: string): boolean {
    const row = this.#rows.get(reference.toLowerCase())
    return row === undefined ? this.#forgotten === 0 : !row.dropped
  }

  get size(): number {
    return this.#total
  }

  #put(key: string, position: number): void {
    // An object that was dropped as a whole and comes again has lost its beginning.
    const row = this.#rows.get(key) ?? { positions: [], dropped: this.#forgotten > 0 }
    this.#rows.delete(key)
    this.#rows.set(key, row)
    row.positions.push(position)
    this.#total += 1
    if (row.positions.length > this.#limits.perObject) {
      // A quarter at once, so that the list is not moved with every entry.
      const surplus = Math.ceil(this.#limits.perObject / 4)
      row.positions.splice(0, surplus)
      row.dropped = true
      this.#total -= surplus
    }
  }

  #shrink(): void {
    for (const [key, row] of this.#rows) {
      if (this.#total <= this.#limits.total) return
      this.#rows.delete(key)
      this.#total -= row.positions.length
      this.#forgotten += 1
    }
  }
}
