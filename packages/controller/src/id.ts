/**
 * Ids and chance for the leader's hot path. The `ulid` package asks the system for one random
 * byte per character, some 60 µs per id; here the bytes come from a pool that is filled at once.
 */
import { randomFillSync } from 'node:crypto'
import { encodeTime } from 'ulid'

const pool = Buffer.alloc(4096)
let used = pool.length

/** Digits of a ULID (Crockford's base 32), each one five bits. */
const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const timeDigits = 10
const randomDigits = 16

let time = 0
let timeText = encodeTime(time, timeDigits)

/** A new ULID: time first, so that ids of one controller sort roughly as they were made. */
export function newId(): string {
  const now = Date.now()
  if (now !== time) {
    time = now
    timeText = encodeTime(now, timeDigits)
  }
  const from = take(randomDigits)
  let id = timeText
  for (let at = from; at < from + randomDigits; at += 1) id += digits[(pool[at] ?? 0) & 31]
  return id
}

/** 64 random bits as 16 hex digits. */
export function random64(): string {
  const from = take(8)
  return pool.toString('hex', from, from + 8)
}

/** Where `count` bytes begin that nobody has seen yet. */
function take(count: number): number {
  if (used + count > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const from = used
  used += count
  return from
}
