/**
 * A keyed table of records with secondary indexes that can be forked in O(1): a fork holds only
 * what was changed in it. Records are never changed in place: `set` stores a new one.
 * What a table answers never depends on the order in which records came: lists are sorted by key.
 */

/** Index name → the value(s) under which a record is found; undefined leaves it out. */
export type Indexes<R> = Readonly<Record<string, (record: R) => string | undefined>>

export class Table<R extends object> {
  readonly #base: Table<R> | undefined
  readonly #indexes: Indexes<R>
  /** In a fork, undefined marks a record deleted from the base. */
  readonly #own = new Map<string, R | undefined>()
  readonly #index: Record<string, Map<string, Set<string>>> = {}
  #size: number
  #sorted: string[] | undefined

  constructor(indexes: Indexes<R> = {}, base?: Table<R>) {
    this.#base = base
    this.#indexes = indexes
    this.#size = base?.size ?? 0
    for (const name of Object.keys(indexes)) this.#index[name] = new Map()
  }

  get size(): number {
    return this.#size
  }

  get(key: string): R | undefined {
    const own = this.#own.get(key)
    if (own !== undefined || this.#base === undefined) return own
    return this.#own.has(key) ? undefined : this.#base.get(key)
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  set(key: string, record: R): void {
    const before = this.get(key)
    const own = this.#own.get(key)
    if (own !== undefined) this.#unindex(key, own)
    if (before === undefined) {
      this.#size += 1
      this.#sorted = undefined
    }
    this.#own.set(key, record)
    for (const [name, of] of Object.entries(this.#indexes)) {
      const value = of(record)
      if (value === undefined) continue
      const index = this.#index[name] as Map<string, Set<string>>
      const keys = index.get(value)
      if (keys) keys.add(key)
      else index.set(value, new Set([key]))
    }
  }

  delete(key: string): void {
    if (this.get(key) === undefined) return
    const own = this.#own.get(key)
    if (own !== undefined) this.#unindex(key, own)
    if (this.#base?.has(key)) this.#own.set(key, undefined)
    else this.#own.delete(key)
    this.#size -= 1
    this.#sorted = undefined
  }

  /** All keys, sorted. The list is cached until a record comes or goes. */
  keys(): readonly string[] {
    this.#sorted ??= [...this.#unsortedKeys()].sort()
    return this.#sorted
  }

  /** All records, sorted by key. */
  *values(): Generator<R> {
    for (const key of this.keys()) yield this.get(key) as R
  }

  /** Records of one index value, sorted by key. */
  by(index: string, value: string): R[] {
    return this.keysBy(index, value).map((key) => this.get(key) as R)
  }

  keysBy(index: string, value: string): string[] {
    const keys: string[] = []
    this.#collect(index, value, [], keys)
    return keys.sort()
  }

  /** How many records an index value has, without reading them. */
  countBy(index: string, value: string): number {
    if (this.#base === undefined) return this.#index[index]?.get(value)?.size ?? 0
    return this.keysBy(index, value).length
  }

  /** A table that reads through to this one and keeps changes to itself. */
  fork(): Table<R> {
    return new Table(this.#indexes, this)
  }

  /** Writes what a fork changed into the table it was forked from. The fork is spent. */
  commit(): void {
    if (this.#base === undefined) return
    for (const [key, record] of this.#own) {
      if (record === undefined) this.#base.delete(key)
      else this.#base.set(key, record)
    }
  }

  *#unsortedKeys(): Generator<string> {
    if (this.#base) {
      for (const key of this.#base.keys()) if (!this.#own.has(key)) yield key
    }
    for (const [key, record] of this.#own) if (record !== undefined) yield key
  }

  #collect(
    index: string,
    value: string,
    shadows: ReadonlyMap<string, unknown>[],
    into: string[],
  ): void {
    for (const key of this.#index[index]?.get(value) ?? []) {
      if (!shadows.some((shadow) => shadow.has(key))) into.push(key)
    }
    if (this.#base) this.#base.#collect(index, value, [...shadows, this.#own], into)
  }

  #unindex(key: string, record: R): void {
    for (const [name, of] of Object.entries(this.#indexes)) {
      const value = of(record)
      if (value === undefined) continue
      const keys = this.#index[name]?.get(value)
      keys?.delete(key)
      if (keys?.size === 0) this.#index[name]?.delete(value)
    }
  }
}
