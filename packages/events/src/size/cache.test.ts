import { expect, test } from 'vitest'
import { cacheKib, cacheMetadataKib, leastCacheKib } from './cache.ts'

test('a share of the volume, rounded up, or as many KiB as it says', () => {
  expect(cacheKib('5%', 1_048_576)).toBe(52_429)
  expect(cacheKib('0.5%', 1_048_576)).toBe(5243)
  expect(cacheKib('100%', 4096)).toBe(4096)
  expect(cacheKib('8192', 1_048_576)).toBe(8192)
})

test('metadata of a cache: 4 MiB and 16 bytes for each 4096 bytes of cache', () => {
  expect(cacheMetadataKib(1024 * 1024, 4096)).toBe(4096 + 4096)
})

test('a cache has one block at least', () => {
  expect(leastCacheKib(4096)).toBe(2048)
  expect(leastCacheKib(64)).toBe(32)
})
