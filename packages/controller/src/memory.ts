/**
 * What a book remembers of each object's past. After a start from a checkpoint the older blocks
 * are read while the controller already works: they matter to people who ask, not to decisions.
 */
import { setImmediate } from 'node:timers/promises'
import type { Entry } from '@varve/events'
import { HistoryIndex } from '@varve/projections'
import type { Journal } from './log/journal.ts'

/** Blocks read at a time: at most 8 MiB, some hundredths of a second. */
const stride = 16

export type MemoryOptions = {
  readonly journal: Journal
  /** The last of the blocks that nobody else will tell of; 0: there is none. */
  readonly upTo: number
  readonly readEntries: (bytes: Uint8Array) => readonly Entry[]
}

export class Memory {
  readonly index = new HistoryIndex()
  /** Resolves when the index has everything; rejects when the journal cannot be read. */
  readonly ready: Promise<void>
  /** What came while older blocks were being read: the index takes entries in their order. */
  #waiting: { readonly entries: readonly Entry[]; readonly sequence: number }[] | undefined
  #isForgotten = false

  constructor(options: MemoryOptions) {
    this.#waiting = options.upTo === 0 ? undefined : []
    this.ready = this.#recall(options)
    // Who asks for the history is told; nobody else needs it.
    this.ready.catch(() => undefined)
  }

  add(entries: readonly Entry[], sequence: number): void {
    if (this.#waiting) this.#waiting.push({ entries, sequence })
    else this.#put(entries, sequence)
  }

  /** Resolves when no block is being read any more. */
  async forget(): Promise<void> {
    this.#isForgotten = true
    await this.ready.catch(() => undefined)
  }

  async #recall({ journal, upTo, readEntries }: MemoryOptions): Promise<void> {
    for (let from = 1; from <= upTo && !this.#isForgotten; from += stride) {
      await setImmediate()
      const to = Math.min(upTo, from + stride - 1)
      await journal.scan(from, (block) => this.#put(readEntries(block.bytes), block.sequence), to)
    }
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const { entries, sequence } of waiting) this.#put(entries, sequence)
  }

  #put(entries: readonly Entry[], sequence: number): void {
    for (const [index, entry] of entries.entries()) this.index.add(entry, sequence, index)
  }
}
