/**
 * Sets of small numbers (minors; ports of each node) that answer "lowest free in a range" fast,
 * and whose changes can be taken back. One set per name.
 */
import type { UndoLog } from './undo.ts'

/** 32 numbers per word; grown to the highest number seen. */
class Bits {
  #words = new Uint32Array(0)
  /** All numbers from `#from` to before `#until` are there: the last search has found that out. */
  #from = 0
  #until = 0

  has(number: number): boolean {
    return ((this.#words[number >>> 5] ?? 0) & (1 << (number & 31))) !== 0
  }

  put(number: number, present: boolean): void {
    const word = number >>> 5
    if (word >= this.#words.length) {
      if (!present) return
      const grown = new Uint32Array(Math.max(word + 1, this.#words.length * 2))
      grown.set(this.#words)
      this.#words = grown
    }
    const mask = 1 << (number & 31)
    const before = this.#words[word] ?? 0
    this.#words[word] = present ? before | mask : before & ~mask
    if (!present && number >= this.#from && number < this.#until) this.#until = number
  }

  /**
   * First number ≥ `from` that is not in the set; full words are skipped whole, and what the last
   * search from there has passed is not looked at again.
   */
  nextFree(from: number): number {
    const isKnown = from >= this.#from && from < this.#until
    let number = isKnown ? this.#until : from
    while (this.has(number)) {
      const full = (number & 31) === 0 && this.#words[number >>> 5] === 0xffffffff
      number += full ? 32 : 1
    }
    if (!isKnown) this.#from = from
    this.#until = number
    return number
  }
}

export class NumberSets {
  readonly #sets = new Map<string, Bits>()
  readonly #undo: UndoLog | undefined

  /** Changes made while a transaction of `undo` is open can be taken back by it. */
  constructor(undo?: UndoLog) {
    this.#undo = undo
  }

  has(name: string, number: number): boolean {
    return this.#sets.get(name)?.has(number) ?? false
  }

  add(name: string, number: number): void {
    this.#put(name, number, true)
  }

  delete(name: string, number: number): void {
    this.#put(name, number, false)
  }

  /** Lowest free number in `min`–`max` (both inclusive) that `blocked` does not hold. */
  lowestFree(
    name: string,
    min: number,
    max: number,
    blocked?: (number: number) => boolean,
  ): number | undefined {
    const set = this.#sets.get(name)
    let number = set?.nextFree(min) ?? min
    while (number <= max && blocked?.(number)) number = set?.nextFree(number + 1) ?? number + 1
    return number <= max ? number : undefined
  }

  #put(name: string, number: number, present: boolean): void {
    const set = this.#sets.get(name) ?? new Bits()
    this.#sets.set(name, set)
    if (set.has(number) === present) return
    if (this.#undo?.isOpen) this.#undo.note(() => set.put(number, !present))
    set.put(number, present)
  }
}
