/** Keeps what is equal to before as the very same objects, so that `===` tells what has changed. */

/**
 * `now`, with every part of it that is equal to the part of `before` at the same place taken from
 * there; `before` itself when nothing differs. For plain data: records, arrays, maps and sets.
 * The order inside maps and sets does not count. `own` is asked what to keep of a part that is new:
 * the part itself, unless somebody says otherwise. Linear in the size of `now`.
 */
export function share<T>(before: unknown, now: T, own: Own = asItIs): T {
  // What is equal is what T says, whichever of the two it is.
  if (isEqual(before, now)) return before as T
  if (now instanceof Map && before instanceof Map) return shareMap(before, now, own) as T
  if (isRecord(now) && isRecord(before)) return shareRecord(before, now, own) as T
  return own(now)
}

type Own = <V>(part: V) => V

const asItIs: Own = (part) => part

function shareMap(before: Dictionary, now: Dictionary, own: Own): Dictionary {
  const next = new Map<unknown, unknown>()
  for (const [key, value] of now) next.set(key, share(before.get(key), value, own))
  return next
}

function shareRecord(before: PlainRecord, now: PlainRecord, own: Own): PlainRecord {
  return Object.fromEntries(
    Object.entries(now).map(([key, value]) => [key, share(before[key], value, own)]),
  )
}

/** Allocates nothing: nearly everything is equal, nearly always. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (isRecord(a) && isRecord(b)) return isEqualRecord(a, b)
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((value, at) => isEqual(value, b[at]))
  }
  if (a instanceof Map && b instanceof Map) return isEqualMap(a, b)
  return a instanceof Set && b instanceof Set && isEqualSet(a, b)
}

function isEqualRecord(a: PlainRecord, b: PlainRecord): boolean {
  let size = 0
  for (const key in a) {
    if (!isEqual(a[key], b[key]) || !Object.hasOwn(b, key)) return false
    size += 1
  }
  for (const _ in b) size -= 1
  return size === 0
}

function isEqualMap(a: Dictionary, b: Dictionary): boolean {
  if (a.size !== b.size) return false
  for (const [key, value] of a) {
    const other = b.get(key)
    if (!isEqual(value, other) || (other === undefined && !b.has(key))) return false
  }
  return true
}

function isEqualSet(a: ReadonlySet<unknown>, b: ReadonlySet<unknown>): boolean {
  if (a.size !== b.size) return false
  for (const value of a) if (!b.has(value)) return false
  return true
}

type Dictionary = ReadonlyMap<unknown, unknown>
type PlainRecord = Readonly<Record<string, unknown>>

const plain = Object.prototype

function isRecord(value: unknown): value is PlainRecord {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === plain
}
