import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isRefusal } from '../refusals.ts'
import { externalCapacityKib, externalMetadataKib, grossKib, netKib } from './drbd.ts'
import { backingKib, netOfBackingKib } from './stack.ts'

const net = fc.oneof(
  fc.integer({ min: 4, max: 4096 }),
  fc.integer({ min: 4, max: 2 ** 30 }),
  fc.maxSafeInteger().map((n) => 4 + (Math.abs(n) % (2 ** 40 - 4))),
)
const peers = fc.integer({ min: 1, max: 31 })

/** The same formulas in whole numbers without rounding of any kind. */
function exactGross(size: bigint, peerCount: bigint): bigint {
  const up = (value: bigint, unit: bigint) => ((value + unit - 1n) / unit) * unit
  const perPeer = (kib: bigint) => up((kib + 31n) / 32n, 8n)
  const bitmap = (kib: bigint) => up(up(perPeer(kib) * peerCount, 1024n) / 1024n, 4n)
  let gross = up(size, 4n) + 36n
  let cover = 0n
  let bits = 0n
  while (cover < gross) {
    cover = perPeer(gross) * 32n
    bits = bitmap(gross)
    gross = up(size, 4n) + up(36n + bits, 4n)
  }
  return gross > 68n ? gross : 68n
}

test('numbers stay exact up to 1 PiB: the same as with big integers', () => {
  fc.assert(
    fc.property(net, peers, (size, count) => {
      expect(grossKib(size, count)).toBe(Number(exactGross(BigInt(size), BigInt(count))))
    }),
  )
})

test('the gross size holds the net size, with no more than one step of bitmap to spare', () => {
  fc.assert(
    fc.property(net, peers, (size, count) => {
      const gross = grossKib(size, count)
      expect(netKib(gross, count)).toBeGreaterThanOrEqual(size)
      expect(netKib(gross, count)).toBeLessThan(Math.max(size + 4 + 4, 68))
    }),
  )
})

test('more data or more peers never need less space', () => {
  fc.assert(
    fc.property(net, fc.nat(100_000), fc.integer({ min: 1, max: 30 }), (size, more, count) => {
      expect(grossKib(size + more, count)).toBeGreaterThanOrEqual(grossKib(size, count))
      expect(grossKib(size, count + 1)).toBeGreaterThanOrEqual(grossKib(size, count))
      expect(externalMetadataKib(size, count + 1)).toBeGreaterThanOrEqual(
        externalMetadataKib(size, count),
      )
    }),
  )
})

test('backing storage is a multiple of the granularity and nets at least what was asked', () => {
  const granularityKib = fc.constantFrom(1, 4, 8, 4096, 3 * 4096)
  fc.assert(
    fc.property(net, peers, granularityKib, fc.boolean(), (sizeKib, peerSlots, unit, hasDrbd) => {
      const layers = hasDrbd ? (['DRBD', 'LUKS', 'STORAGE'] as const) : (['STORAGE'] as const)
      const stack = { layers, peerSlots }
      const backing = backingKib({ ...stack, sizeKib, gross: false, granularityKib: unit })
      if (isRefusal(backing)) throw new Error('refused')
      expect(backing % unit).toBe(0)
      expect(netOfBackingKib(backing, stack)).toBeGreaterThanOrEqual(sizeKib)
    }),
  )
})

test('a gross size is the size of the backing storage itself', () => {
  const stack = { layers: ['DRBD', 'STORAGE'], peerSlots: 7 } as const
  const volume = { ...stack, sizeKib: 1024 ** 2, gross: true, granularityKib: 4096 }
  expect(backingKib(volume)).toBe(1024 ** 2)
  expect(netOfBackingKib(1024 ** 2, stack)).toBe(1024 ** 2 - 260)
})

test('bcache has its superblock before the data', () => {
  const stack = { layers: ['DRBD', 'BCACHE', 'STORAGE'], peerSlots: 7 } as const
  const volume = { ...stack, sizeKib: 4096, gross: false, granularityKib: 4 }
  const without = { ...volume, layers: ['DRBD', 'STORAGE'] } as const
  expect(backingKib(volume)).toBe(backingKib(without) + 8)
  expect(netOfBackingKib(backingKib(volume), stack)).toBeGreaterThanOrEqual(4096)
})

test('external metadata has room for what it was made for, and says how much it has', () => {
  const size = fc.integer({ min: 4, max: 2 ** 36 })
  const peers = fc.integer({ min: 1, max: 31 })
  fc.assert(
    fc.property(size, peers, (sizeKib, count) => {
      const metadataKib = externalMetadataKib(sizeKib, count)
      const most = externalCapacityKib(metadataKib, count)
      expect(most).toBeGreaterThanOrEqual(sizeKib)
      expect(externalMetadataKib(most, count)).toBeLessThanOrEqual(metadataKib)
      // One bitmap page for each peer more does not fit.
      expect(externalMetadataKib(most + 4 * 4096 * 8, count)).toBeGreaterThan(metadataKib)
    }),
  )
})
