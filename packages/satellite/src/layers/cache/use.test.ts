import { expect, test } from 'vitest'
import { cacheUse } from './use.ts'

// As Linux 6.1 prints them, after the name of the target.
const writecache = '0 2040 1020 0 12 0 30 0 1030 0 0 0 4 0'
const cache =
  '8 26/4096 128 96/128 52 18 310 20 0 96 32 1 writeback 2 migration_threshold 1280 smq 0 rw - '

test('how much of a cache is used, and how much is on it alone', () => {
  expect(cacheUse('writecache', writecache)).toEqual({ usedPercent: 50 })
  expect(cacheUse('cache', cache)).toEqual({ usedPercent: 75, dirtyPercent: 25 })
})

test('what the kernel has noted is a sentence', () => {
  expect(cacheUse('writecache', `1${writecache.slice(1)}`)?.problem).toMatch(/has met an error/)
  expect(cacheUse('cache', 'Fail')?.problem).toMatch(/has failed/)
  expect(cacheUse('cache', cache.replace('rw -', 'ro -'))?.problem).toMatch(/only be read/)
  expect(cacheUse('cache', cache.replace('rw -', 'rw needs_check'))?.problem).toMatch(/cache_check/)
})

test('what nobody knows is not guessed', () => {
  expect(cacheUse('cache', '')).toBeUndefined()
  expect(cacheUse('writecache', '')).toBeUndefined()
})
