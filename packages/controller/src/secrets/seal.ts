/**
 * Seals a secret to a node's public key: ephemeral X25519, HKDF-SHA-256, AES-256-GCM. Only the
 * node's private key opens it (satellite/src/secrets/unseal.ts).
 *
 * The ephemeral key is derived from `seed`, which must be secret and of this secret alone. So the
 * same secret for the same node is the same text, and a document that did not change is not
 * published again; with another secret, node or context the ephemeral key is another one, so no
 * key and nonce ever meet two texts.
 */
import {
  createCipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { sealing } from '@varve/events'

export function seal(options: {
  /** X25519, base64 of its 32 bytes. */
  readonly publicKey: string
  readonly text: Buffer
  /** What the secret is for: it opens nowhere else. */
  readonly context: string
  readonly seed: Buffer
}): string {
  const { publicKey, text, context, seed } = options
  const recipient = publicKeyOf(publicKey)
  const scalar = createHmac('sha256', seed).update(`${publicKey}\n${context}\n`).update(text)
  const ephemeral = createPrivateKey({
    key: Buffer.concat([Buffer.from(sealing.privatePrefix, 'hex'), scalar.digest()]),
    format: 'der',
    type: 'pkcs8',
  })
  const own = rawPublic(createPublicKey(ephemeral))
  const shared = diffieHellman({ privateKey: ephemeral, publicKey: recipient })
  const salt = Buffer.concat([own, Buffer.from(publicKey, 'base64')])
  const okm = Buffer.from(hkdfSync('sha256', shared, salt, sealing.info, sealing.derivedBytes))
  const cipher = createCipheriv('aes-256-gcm', okm.subarray(0, 32), okm.subarray(32))
  cipher.setAAD(Buffer.from(context))
  const body = Buffer.concat([cipher.update(text), cipher.final()])
  return Buffer.concat([own, body, cipher.getAuthTag()]).toString('base64')
}

/** Throws when it is no such key. */
function publicKeyOf(publicKey: string): KeyObject {
  const raw = Buffer.from(publicKey, 'base64')
  if (raw.length !== sealing.publicBytes) throw new Error('it is no X25519 public key')
  return createPublicKey({
    key: Buffer.concat([Buffer.from(sealing.publicPrefix, 'hex'), raw]),
    format: 'der',
    type: 'spki',
  })
}

function rawPublic(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-sealing.publicBytes)
}
