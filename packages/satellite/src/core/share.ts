/** Keeps what is equal to before as the very same objects, so that `===` tells what has changed. */

/**
 * `now`, with every part of it that is equal to the part of `before` at the same place taken from
 * there; `before` itself when nothing differs. For plain data: records, arrays, maps and sets.
 * The order inside maps and sets does not count. Linear in the size of `now`.
 */
export function share<T>(before: unknown, now: T): T {
  if (Object.is(before, now)) return now
  // Each branch returns `before` or parts of it only where they are equal to what T says.
  if (now instanceof Map) return shareMap(before, now) as T
  if (now instanceof Set) return isSameSet(before, now) ? (before as T) : now
  if (Array.isArray(now)) return shareArray(before, now) as T
  if (typeof now === 'object' && now !== null) return shareRecord(before, now) as T
  return now
}

function shareMap(before: unknown, now: ReadonlyMap<unknown, unknown>): unknown {
  if (!(before instanceof Map)) return now
  const next = new Map<unknown, unknown>()
  let isSame = before.size === now.size
  for (const [key, value] of now) {
    const old = before.get(key)
    const kept = share(old, value)
    isSame &&= Object.is(kept, old) && (old !== undefined || before.has(key))
    next.set(key, kept)
  }
  return isSame ? before : next
}

function isSameSet(before: unknown, now: ReadonlySet<unknown>): boolean {
  if (!(before instanceof Set) || before.size !== now.size) return false
  for (const value of now) if (!before.has(value)) return false
  return true
}

function shareArray(before: unknown, now: readonly unknown[]): unknown {
  if (!Array.isArray(before)) return now
  const next = now.map((value, at) => share(before[at], value))
  const isSame =
    before.length === next.length && next.every((value, at) => Object.is(value, before[at]))
  return isSame ? before : next
}

function shareRecord(before: unknown, now: object): unknown {
  if (!isRecord(before) || !isRecord(now)) return now
  const keys = Object.keys(now)
  let isSame = keys.length === Object.keys(before).length
  const parts: Record<string, unknown> = {}
  for (const key of keys) {
    const kept = share(before[key], now[key])
    isSame &&= Object.is(kept, before[key]) && Object.hasOwn(before, key)
    parts[key] = kept
  }
  return isSame ? before : parts
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === plain
}

const plain = Object.prototype
