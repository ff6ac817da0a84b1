/**
 * Sets of small numbers (minors; ports of each node) that answer "lowest free in a range" fast
 * and can be forked in O(1). One set per name.
 */

/** 32 numbers per word; grown to the highest number seen. */
class Bits {
  #words = new Uint32Array(0)

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
  }

  /** First number ≥ `from` that is not in the set; full words are skipped whole. */
  nextFree(from: number): number {
    let number = from
    while (this.has(number)) {
      const full = (number & 31) === 0 && this.#words[number >>> 5] === 0xffffffff
      number += full ? 32 : 1
    }
    return number
  }

  *members(): Generator<number> {
    for (let word = 0; word < this.#words.length; word += 1) {
      if (this.#words[word] === 0) continue
      for (let bit = 0; bit < 32; bit += 1) {
        const number = word * 32 + bit
        if (this.has(number)) yield number
      }
    }
  }
}

export class NumberSets {
  readonly #base: NumberSets | undefined
  readonly #sets = new Map<string, Bits>()
  readonly #changed = new Map<string, Map<number, boolean>>()

  constructor(base?: NumberSets) {
    this.#base = base
  }

  has(name: string, number: number): boolean {
    const changed = this.#changed.get(name)?.get(number)
    if (changed !== undefined) return changed
    return this.#base?.has(name, number) ?? this.#sets.get(name)?.has(number) ?? false
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
    let number = this.#nextFree(name, min)
    while (number <= max && blocked?.(number)) number = this.#nextFree(name, number + 1)
    return number <= max ? number : undefined
  }

  fork(): NumberSets {
    return new NumberSets(this)
  }

  commit(): void {
    for (const [name, changed] of this.#changed) {
      if (this.#base)
        for (const [number, present] of changed) this.#base.#put(name, number, present)
    }
  }

  #put(name: string, number: number, present: boolean): void {
    const into = this.#base ? this.#changed : undefined
    if (into) {
      const changed = into.get(name) ?? new Map<number, boolean>()
      into.set(name, changed.set(number, present))
      return
    }
    const set = this.#sets.get(name) ?? new Bits()
    set.put(number, present)
    this.#sets.set(name, set)
  }

  /** A fork goes from free number to free number of its base, past those taken in the fork. */
  #nextFree(name: string, from: number): number {
    if (!this.#base) return this.#sets.get(name)?.nextFree(from) ?? from
    const changed = this.#changed.get(name)
    let number = this.#base.#nextFree(name, from)
    while (changed?.get(number) === true) number = this.#base.#nextFree(name, number + 1)
    if (!changed) return number
    for (const [freed, present] of changed) {
      if (!present && freed >= from && freed < number) number = freed
    }
    return number
  }
}
