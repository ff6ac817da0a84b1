/**
 * A keyed table of records with secondary indexes, whose changes can be taken back. Records are
 * never changed in place: `set` stores a new one. What a table answers never depends on the order
 * in which records came: lists are sorted by key.
 */
import type { UndoLog } from './undo.ts'

/** Index name → the value under which a record is found; undefined leaves it out. */
export type Indexes<R> = {
  /** A record that replaces another of the same key has the same value: it is part of the key. */
  readonly fixed?: Readonly<Record<string, (record: R) => string>>
  readonly moving?: Readonly<Record<string, (record: R) => string | undefined>>
}

type Index<R> = {
  readonly name: string
  readonly of: (record: R) => string | undefined
  readonly isFixed: boolean
  readonly keys: Map<string, Keys>
}

/** Most values have one key, some a few: those in order. A set of them costs more than an array. */
type Keys = string | readonly string[] | Set<string>

/** Keys of one index value that are kept in order: one more is one more move for each. */
const sortedLimit = 32

export class Table<R extends object> {
  readonly #records = new Map<string, R>()
  readonly #given: Indexes<R>
  readonly #undo: UndoLog | undefined
  /** Made when they are first asked for: a fold of the whole log needs few of them. */
  readonly #indexes: Index<R>[] = []
  #sorted: readonly string[] | undefined
  #version = 0

  /** Changes made while a transaction of `undo` is open can be taken back by it. */
  constructor(indexes: Indexes<R> = {}, undo?: UndoLog) {
    this.#given = indexes
    this.#undo = undo
  }

  get size(): number {
    return this.#records.size
  }

  /** Another number after every change: what was worked out of a table holds until then. */
  get version(): number {
    return this.#version
  }

  get(key: string): R | undefined {
    return this.#records.get(key)
  }

  has(key: string): boolean {
    return this.#records.has(key)
  }

  set(key: string, record: R): void {
    const before = this.#records.get(key)
    if (this.#undo?.isOpen) this.#note(this.#undo, key, before)
    this.#put(key, before, record)
  }

  delete(key: string): void {
    const before = this.#records.get(key)
    if (before === undefined) return
    if (this.#undo?.isOpen) this.#note(this.#undo, key, before)
    this.#put(key, before, undefined)
  }

  /** All keys, sorted. The list is cached until a record comes or goes. */
  keys(): readonly string[] {
    this.#sorted ??= [...this.#records.keys()].sort()
    return this.#sorted
  }

  /** All records, sorted by key. */
  *values(): Generator<R> {
    // A key of the list can be gone only when the reader itself has deleted it meanwhile.
    for (const key of this.keys()) yield this.get(key) as R
  }

  /** Records of one index value, sorted by key. */
  by(index: string, value: string): R[] {
    return this.keysBy(index, value).map((key) => this.#records.get(key) as R)
  }

  /** The list is that of this moment: later changes do not reach it. */
  keysBy(index: string, value: string): readonly string[] {
    const found = this.#keysOf(index, value)
    if (found === undefined) return noKeys
    if (typeof found === 'string') return [found]
    return found instanceof Set ? [...found].sort() : found
  }

  /** How many records an index value has, without reading them. */
  countBy(index: string, value: string): number {
    const found = this.#keysOf(index, value)
    if (found === undefined) return 0
    if (typeof found === 'string') return 1
    return found instanceof Set ? found.size : found.length
  }

  #keysOf(name: string, value: string): Keys | undefined {
    for (const index of this.#indexes) if (index.name === name) return index.keys.get(value)
    const fixed = this.#given.fixed?.[name]
    const of = fixed ?? this.#given.moving?.[name]
    if (of === undefined) return undefined
    const index: Index<R> = { name, of, isFixed: fixed !== undefined, keys: new Map() }
    for (const [key, record] of this.#records) enter(index, of(record), key)
    this.#indexes.push(index)
    return index.keys.get(value)
  }

  #note(undo: UndoLog, key: string, before: R | undefined): void {
    undo.note(() => this.#put(key, this.#records.get(key), before))
  }

  /** `record` undefined: it goes. */
  #put(key: string, before: R | undefined, record: R | undefined): void {
    this.#version += 1
    if (record === undefined) this.#records.delete(key)
    else this.#records.set(key, record)
    const isReplaced = before !== undefined && record !== undefined
    if (!isReplaced) this.#sorted = undefined
    for (const index of this.#indexes) {
      if (isReplaced && index.isFixed) continue
      const old = before && index.of(before)
      const value = record && index.of(record)
      if (old === value) continue
      unindex(index, old, key)
      enter(index, value, key)
    }
  }
}

const noKeys: readonly string[] = []

function enter<R>({ keys }: Index<R>, value: string | undefined, key: string): void {
  if (value === undefined) return
  const found = keys.get(value)
  if (found === undefined) keys.set(value, key)
  else if (found instanceof Set) found.add(key)
  else if (typeof found === 'string') keys.set(value, found < key ? [found, key] : [key, found])
  else if (found.length === sortedLimit) keys.set(value, new Set([...found, key]))
  else keys.set(value, withKey(found, key))
}

function unindex<R>({ keys }: Index<R>, value: string | undefined, key: string): void {
  if (value === undefined) return
  const found = keys.get(value)
  if (found === key) keys.delete(value)
  else if (found instanceof Set) {
    found.delete(key)
    if (found.size === 0) keys.delete(value)
  } else if (Array.isArray(found)) {
    const rest = found.filter((other) => other !== key)
    if (rest.length > 0) keys.set(value, rest)
    else keys.delete(value)
  }
}

/** A new list, since readers hold the old one. */
function withKey(sorted: readonly string[], key: string): readonly string[] {
  const keys = [...sorted, key]
  return (sorted.at(-1) ?? '') < key ? keys : keys.sort()
}
