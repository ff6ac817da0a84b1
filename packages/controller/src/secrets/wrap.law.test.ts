import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { closeMaster, keyBytes, openMaster, unwrap, wrap } from './wrap.ts'

const key = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes))
const text = fc.uint8Array({ minLength: 1, maxLength: 100 }).map((bytes) => Buffer.from(bytes))

test('what is wrapped opens with the same key for the same purpose, and nowhere else', () => {
  fc.assert(
    fc.property(key, key, text, fc.string(), (own, other, secret, aad) => {
      fc.pre(!own.equals(other))
      const wrapped = wrap(own, secret, aad)
      expect(unwrap(own, wrapped, aad)?.equals(secret)).toBe(true)
      expect(unwrap(other, wrapped, aad)).toBeUndefined()
      expect(unwrap(own, wrapped, `${aad}x`)).toBeUndefined()
      // The nonce is random: equal secrets do not look equal.
      expect(wrap(own, secret, aad)).not.toBe(wrapped)
    }),
  )
})

test('a wrapped text with any bit flipped, or cut short, does not open', () => {
  fc.assert(
    fc.property(key, text, fc.nat(), (own, secret, at) => {
      const bytes = Buffer.from(wrap(own, secret, 'luks/web'), 'base64')
      const bit = at % (bytes.length * 8)
      const short = bytes.subarray(0, at % bytes.length).toString('base64')
      expect(unwrap(own, short, 'luks/web')).toBeUndefined()
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(unwrap(own, bytes.toString('base64'), 'luks/web')).toBeUndefined()
    }),
  )
})

test('the master key opens with its passphrase, however that was typed, and with no other', async () => {
  const master = randomBytes(keyBytes)
  const closed = await closeMaster(master, 'caf\u00e9 \u00fcber')
  expect((await openMaster(closed, 'cafe\u0301 u\u0308ber'))?.equals(master)).toBe(true)
  expect(await openMaster(closed, 'cafe uber')).toBeUndefined()
  expect(closed).not.toContain(master.toString('base64'))
})

test('the cost of the derivation is bound to the text: nobody can make it cheaper unseen', async () => {
  const closed = await closeMaster(randomBytes(keyBytes), 'correct horse')
  const [, , r, p, salt, wrapped] = closed.split('$')
  const cheaper = ['scrypt', '1024', r, p, salt, wrapped].join('$')
  expect(await openMaster(cheaper, 'correct horse')).toBeUndefined()
})

test('a text that asks for impossible costs is refused without trying', async () => {
  for (const closed of ['', 'md5$1', 'scrypt$3$8$1$a$b', `scrypt$${2 ** 40}$8$1$a$b`]) {
    expect(await openMaster(closed, 'correct horse')).toBeUndefined()
  }
})
