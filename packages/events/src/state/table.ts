/**
 * A keyed table of records with secondary indexes that can be forked in O(1): a fork holds only
 * what was changed in it. Records are never changed in place: `set` stores a new one.
 * What a table answers never depends on the order in which records came: lists are sorted by key.
 */

/** Index name → the value(s) under which a record is found; undefined leaves it out. */
export type Indexes<R> = Readonly<Record<string, (record: R) => string | undefined>>

type Index<R> = {
  readonly name: string
  readonly of: (record: R) => string | undefined
  /** Most values have one key, and a set costs more than the record that it finds. */
  readonly keys: Map<string, string | Set<string>>
}

export class Table<R extends object> {
  readonly #base: Table<R> | undefined
  readonly #given: Indexes<R>
  /**
   * In a fork, undefined marks a record deleted from the base. Made with the first change: most
   * forks of most tables never see one.
   */
  #own: Map<string, R | undefined> | undefined
  /** Some record of the base is marked deleted: without it, one look-up less. */
  #hides = false
  /** Made when they are first asked for: a fold of the whole log needs few of them. */
  readonly #indexes: Index<R>[] = []
  #size: number
  #sorted: string[] | undefined

  constructor(indexes: Indexes<R> = {}, base?: Table<R>) {
    this.#base = base
    this.#given = indexes
    this.#size = base?.size ?? 0
  }

  get size(): number {
    return this.#size
  }

  get(key: string): R | undefined {
    const own = this.#own?.get(key)
    if (own !== undefined || this.#base === undefined) return own
    return this.#hides && this.#own?.has(key) ? undefined : this.#base.get(key)
  }

  has(key: string): boolean {
    return this.get(key) !== undefined
  }

  set(key: string, record: R): void {
    this.#own ??= new Map()
    const own = this.#own.get(key)
    if (own === undefined && (this.#base === undefined || this.get(key) === undefined)) {
      this.#size += 1
      this.#sorted = undefined
    }
    this.#own.set(key, record)
    for (const index of this.#indexes) {
      const value = index.of(record)
      if (own !== undefined) {
        const before = index.of(own)
        if (before === value) continue
        unindex(index, before, key)
      }
      if (value !== undefined) enter(index, value, key)
    }
  }

  delete(key: string): void {
    if (this.get(key) === undefined) return
    this.#own ??= new Map()
    const own = this.#own.get(key)
    if (own !== undefined) {
      for (const index of this.#indexes) unindex(index, index.of(own), key)
    }
    if (this.#base?.has(key)) {
      this.#own.set(key, undefined)
      this.#hides = true
    } else this.#own.delete(key)
    this.#size -= 1
    this.#sorted = undefined
  }

  /** All keys, sorted. The list is cached until a record comes or goes. */
  keys(): readonly string[] {
    if (this.#base !== undefined && this.#own === undefined) return this.#base.keys()
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
    return keys.length > 1 ? keys.sort() : keys
  }

  /** How many records an index value has, without reading them. */
  countBy(index: string, value: string): number {
    const own = countOf(this.#keysOf(index, value))
    if (this.#base === undefined) return own
    const of = this.#given[index]
    let count = this.#base.countBy(index, value) + own
    for (const key of this.#own?.keys() ?? []) {
      const before = this.#base.get(key)
      if (before !== undefined && of?.(before) === value) count -= 1
    }
    return count
  }

  /** A table that reads through to this one and keeps changes to itself. */
  fork(): Table<R> {
    return new Table(this.#given, this)
  }

  /** Writes what a fork changed into the table it was forked from. The fork is spent. */
  commit(): void {
    if (this.#base === undefined || this.#own === undefined) return
    for (const [key, record] of this.#own) {
      if (record === undefined) this.#base.delete(key)
      else this.#base.set(key, record)
    }
  }

  *#unsortedKeys(): Generator<string> {
    if (this.#base) {
      for (const key of this.#base.keys()) if (!this.#own?.has(key)) yield key
    }
    for (const [key, record] of this.#own ?? []) if (record !== undefined) yield key
  }

  #keysOf(name: string, value: string): string | Set<string> | undefined {
    if (this.#own === undefined) return undefined
    for (const index of this.#indexes) if (index.name === name) return index.keys.get(value)
    const of = this.#given[name]
    if (of === undefined) return undefined
    const index = makeIndex({ name, of }, this.#own)
    this.#indexes.push(index)
    return index.keys.get(value)
  }

  #collect(
    index: string,
    value: string,
    shadows: readonly ReadonlyMap<string, unknown>[],
    into: string[],
  ): void {
    const found = this.#keysOf(index, value)
    for (const key of typeof found === 'string' ? [found] : (found ?? [])) {
      if (!shadows.some((shadow) => shadow.has(key))) into.push(key)
    }
    if (this.#base === undefined) return
    const deeper = this.#own === undefined ? shadows : [...shadows, this.#own]
    this.#base.#collect(index, value, deeper, into)
  }
}

function makeIndex<R>(
  given: Omit<Index<R>, 'keys'>,
  own: ReadonlyMap<string, R | undefined>,
): Index<R> {
  const index: Index<R> = { ...given, keys: new Map() }
  for (const [key, record] of own) {
    const value = record === undefined ? undefined : index.of(record)
    if (value !== undefined) enter(index, value, key)
  }
  return index
}

function enter<R>(index: Index<R>, value: string, key: string): void {
  const keys = index.keys.get(value)
  if (keys === undefined || keys === key) index.keys.set(value, key)
  else if (typeof keys === 'string') index.keys.set(value, new Set([keys, key]))
  else keys.add(key)
}

function unindex<R>(index: Index<R>, value: string | undefined, key: string): void {
  if (value === undefined) return
  const keys = index.keys.get(value)
  if (keys === key) index.keys.delete(value)
  if (typeof keys !== 'object') return
  keys.delete(key)
  if (keys.size === 0) index.keys.delete(value)
}

const countOf = (keys: string | Set<string> | undefined) =>
  typeof keys === 'string' ? 1 : (keys?.size ?? 0)
