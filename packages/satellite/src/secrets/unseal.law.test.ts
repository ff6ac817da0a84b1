/** Both ends of a sealed secret together: the controller's seal and the satellite's unseal. */
import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { seal } from '../../../controller/src/secrets/seal.ts'
import { nodeKeyOf } from './node-key.ts'

const text = fc.string({ minLength: 1, maxLength: 80, unit: 'grapheme' })
const seed = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes))
const newNode = () => nodeKeyOf(generateKeyPairSync('x25519').privateKey)
const node = newNode()
const other = newNode()

const sealed = (words: string, context: string, bytes: Buffer, to = node) =>
  seal({ publicKey: to.publicKey, text: Buffer.from(words), context, seed: bytes })

test('what is sealed to a node opens there, and only for what it was sealed for', () => {
  fc.assert(
    fc.property(text, text, seed, (words, context, bytes) => {
      const box = sealed(words, context, bytes)
      expect(node.unseal(box, context)).toBe(words)
      expect(node.unseal(box, `${context}/other`)).toBeUndefined()
      expect(other.unseal(box, context)).toBeUndefined()
    }),
  )
})

test('a box with any bit flipped does not open', () => {
  fc.assert(
    fc.property(text, seed, fc.nat(), (words, bytes, at) => {
      const box = Buffer.from(sealed(words, 'luks/web/0', bytes), 'base64')
      const bit = at % (box.length * 8)
      // X25519 ignores the highest bit of a public key (RFC 7748): the salt does not.
      box[bit >> 3] = (box[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(node.unseal(box.toString('base64'), 'luks/web/0')).toBeUndefined()
    }),
  )
})

test('the same secret gives the same box; another text, node, context or seed gives other bytes', () => {
  fc.assert(
    fc.property(text, text, seed, seed, (one, two, bytes, others) => {
      fc.pre(one !== two && !bytes.equals(others))
      const box = sealed(one, 'luks/web/0', bytes)
      expect(sealed(one, 'luks/web/0', bytes)).toBe(box)
      const different = [
        sealed(two, 'luks/web/0', bytes),
        sealed(one, 'luks/web/1', bytes),
        sealed(one, 'luks/web/0', others),
        sealed(one, 'luks/web/0', bytes, other),
      ]
      const ephemerals = [box, ...different].map((b) =>
        Buffer.from(b, 'base64').subarray(0, 32).toString('hex'),
      )
      expect(new Set(ephemerals).size).toBe(5)
    }),
  )
})

test('rubbish is no box', () => {
  for (const rubbish of ['', 'x', 'not base64 at all', 'A'.repeat(100)]) {
    expect(node.unseal(rubbish, 'luks/web/0')).toBeUndefined()
  }
})
