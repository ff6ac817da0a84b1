import { expect, test } from 'vitest'
import { parseCrypto } from './digests.ts'

const listed = `name         : crc32c
driver       : crc32c-generic
module       : kernel
priority     : 100
type         : shash
blocksize    : 1

name         : sha256
driver       : sha256-generic
type         : shash

name         : sha256
driver       : sha256-ssse3
type         : shash

name         : cbc(aes)
driver       : cbc-aes-aesni
type         : skcipher

name         : sha512
driver       : cryptd-sha512
type         : ahash

name         : ghash
driver       : ghash-generic
type         : shash
`

test('synchronous digests that DRBD can verify by, each once, the cheapest first', () => {
  expect(parseCrypto(listed)).toEqual(['crc32c', 'sha256'])
  expect(parseCrypto('')).toEqual([])
})
