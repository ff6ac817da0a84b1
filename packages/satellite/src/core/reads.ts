/**
 * Notes what a pure function reads of an inventory. As long as all of that is the same in a newer
 * one, the function would say the same of it, and need not be asked: whatever it may come to read
 * one day is noted, too, since there is no other way to the inventory.
 */
import type { Inventory } from './inventory.ts'

/** Also what is optional, so that no field can be forgotten here. */
type Whole<T> = { readonly [K in keyof T]-?: T[K] }

type Read = { readonly from: (inventory: Inventory) => unknown; readonly value: unknown }

/** What was read; the values are compared by `===`, which share.ts makes a comparison of contents. */
export type Reads = readonly Read[]

export function isUnchanged(reads: Reads, inventory: Inventory): boolean {
  return reads.every(({ from, value }) => Object.is(from(inventory), value))
}

/** `inventory` to the reader's eye; everything that it is asked for is added to `reads`. */
export function noting(inventory: Inventory, reads: Read[]): Inventory {
  const note = <V>(from: (seen: Inventory) => V): V => {
    const value = from(inventory)
    reads.push({ from, value })
    return value
  }
  const drbd: Whole<Inventory['drbd']> = {
    // An absent field is read as undefined, which is what all readers ask for.
    get version() {
      return note((seen) => seen.drbd.version) as string
    },
    get unknown() {
      return note((seen) => seen.drbd.unknown) as string
    },
    resources: new NotedMap((seen) => seen.drbd.resources, note),
    minors: new NotedMap((seen) => seen.drbd.minors, note),
    lostDisks: new NotedSet((seen) => seen.drbd.lostDisks, note),
    forgotten: new NotedSet((seen) => seen.drbd.forgotten, note),
  }
  const noted: Whole<Inventory> = {
    get uname() {
      return note((seen) => seen.uname)
    },
    places: new NotedMap((seen) => seen.places, note),
    sizes: new NotedMap((seen) => seen.sizes, note),
    objects: new NotedMap((seen) => seen.objects, note),
    crypt: new NotedMap((seen) => seen.crypt, note),
    cached: new NotedMap((seen) => seen.cached, note),
    nvmeSubsystems: new NotedMap((seen) => seen.nvmeSubsystems, note),
    nvmePorts: new NotedMap((seen) => seen.nvmePorts, note),
    nvmeConnections: new NotedMap((seen) => seen.nvmeConnections, note),
    drbd,
    suspensions: new NotedMap((seen) => seen.suspensions, note),
    get uptimeMs() {
      return note((seen) => seen.uptimeMs)
    },
    formatted: new NotedSet((seen) => seen.formatted, note),
    bereft: new NotedSet((seen) => seen.bereft, note),
    receiving: new NotedSet((seen) => seen.receiving, note),
    borrowed: new NotedSet((seen) => seen.borrowed, note),
    accounts: new NotedMap((seen) => seen.accounts, note),
    files: new NotedMap((seen) => seen.files, note),
    get foreign() {
      return note((seen) => seen.foreign)
    },
  }
  return noted
}

type Note = <V>(from: (seen: Inventory) => V) => V

/** One key read depends on that key; anything else on the map as a whole. */
class NotedMap<K, V> implements ReadonlyMap<K, V> {
  readonly #from: (seen: Inventory) => ReadonlyMap<K, V>
  readonly #note: Note

  constructor(from: (seen: Inventory) => ReadonlyMap<K, V>, note: Note) {
    this.#from = from
    this.#note = note
  }

  get(key: K): V | undefined {
    const from = this.#from
    return this.#note((seen) => from(seen).get(key))
  }

  has(key: K): boolean {
    const from = this.#from
    return this.#note((seen) => from(seen).has(key))
  }

  get size(): number {
    const from = this.#from
    return this.#note((seen) => from(seen).size)
  }

  forEach(each: (value: V, key: K, map: ReadonlyMap<K, V>) => void): void {
    for (const [key, value] of this.#whole()) each(value, key, this)
  }

  entries() {
    return this.#whole().entries()
  }

  keys() {
    return this.#whole().keys()
  }

  values() {
    return this.#whole().values()
  }

  [Symbol.iterator]() {
    return this.#whole()[Symbol.iterator]()
  }

  #whole(): ReadonlyMap<K, V> {
    return this.#note(this.#from)
  }
}

class NotedSet<V> implements ReadonlySet<V> {
  readonly #from: (seen: Inventory) => ReadonlySet<V>
  readonly #note: Note

  constructor(from: (seen: Inventory) => ReadonlySet<V>, note: Note) {
    this.#from = from
    this.#note = note
  }

  has(value: V): boolean {
    const from = this.#from
    return this.#note((seen) => from(seen).has(value))
  }

  get size(): number {
    return this.#whole().size
  }

  forEach(each: (value: V, key: V, set: ReadonlySet<V>) => void): void {
    for (const value of this.#whole()) each(value, value, this)
  }

  entries() {
    return this.#whole().entries()
  }

  keys() {
    return this.#whole().keys()
  }

  values() {
    return this.#whole().values()
  }

  [Symbol.iterator]() {
    return this.#whole()[Symbol.iterator]()
  }

  #whole(): ReadonlySet<V> {
    return this.#note(this.#from)
  }
}
