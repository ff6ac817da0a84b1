import { expect, test } from 'vitest'
import { luksHeaderKib, splitOptions } from './luks.ts'

const header = (options: string, optimalIoKib?: number) =>
  luksHeaderKib(splitOptions(options), optimalIoKib)

test('a header takes 16 MiB unless its options say otherwise', () => {
  expect(header('')).toBe(16_384)
  expect(header('--cipher aes-xts-plain64 --key-size 256')).toBe(16_384)
})

test('an offset in sectors overrules everything', () => {
  expect(header('--offset 8192')).toBe(4096)
  expect(header('--offset=8192 --luks2-keyslots-size=8m')).toBe(4096)
})

test('two metadata areas and the keyslots, rounded up to a MiB', () => {
  expect(header('--luks2-keyslots-size 4m')).toBe(5 * 1024)
  expect(header('--luks2-keyslots-size=4064k')).toBe(4096)
  expect(header('--luks2-metadata-size 64k --luks2-keyslots-size 16m')).toBe(17 * 1024)
})

test('the pool’s optimal I/O size and --align-payload round up further', () => {
  expect(header('', 3 * 1024)).toBe(18 * 1024)
  expect(header('--align-payload 65536')).toBe(32 * 1024)
})
