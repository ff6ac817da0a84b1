/** Chance from a seed only, so that a run can be repeated. */

export type Random = {
  /** A number in [0, 1). */
  readonly next: () => number
  /** A data generation id as DRBD makes them: 64 bits in hex, lowest bit clear, never 0 or 4. */
  readonly generation: () => string
  /** An id in the form of LVM's: 6-4-4-4-4-4-6 characters. */
  readonly lvmUuid: () => string
  /** An id of a file system. */
  readonly uuid: () => string
}

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

export function createRandom(seed: number): Random {
  // mulberry32: small, fast and good enough for names and delays.
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const text = (length: number) =>
    Array.from({ length }, () => letters[Math.floor(next() * letters.length)]).join('')
  const word = () => Math.floor(next() * 2 ** 32)
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(8, '0')
  const generation = () => `${hex((word() | 0x10000000) >>> 0)}${hex((word() & ~1) >>> 0)}`
  return {
    next,
    generation,
    uuid: () =>
      [8, 4, 4, 4, 12]
        .map((length) =>
          Array.from({ length }, () => Math.floor(next() * 16).toString(16)).join(''),
        )
        .join('-'),
    lvmUuid: () => [6, 4, 4, 4, 4, 4, 6].map(text).join('-'),
  }
}
