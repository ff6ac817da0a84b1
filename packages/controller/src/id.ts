/**
 * Ids and chance for the leader's hot path. The `ulid` package asks the system for one random
 * byte per character, some 60 µs per id; here the bytes come from a pool that is filled at once.
 */
import { randomFillSync } from 'node:crypto'
import { ulid } from 'ulid'

const pool = Buffer.alloc(4096)
let used = pool.length

/** A new ULID: time first, so that ids of one controller sort roughly as they were made. */
export function newId(): string {
  return ulid(undefined, share)
}

/** 64 random bits as 16 hex digits. */
export function random64(): string {
  const from = take(8)
  return pool.toString('hex', from, from + 8)
}

/** A random number in [0, 1), in steps of 1/256: `ulid` needs 32 of them. */
function share(): number {
  return (pool[take(1)] ?? 0) / 256
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
