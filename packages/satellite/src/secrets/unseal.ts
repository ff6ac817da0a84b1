/** Opens what a controller has sealed to this node (controller/src/secrets/seal.ts). */
import {
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { sealing } from '@varve/events'

/** Undefined: sealed to another key, for something else, or damaged. */
export function unseal(options: {
  readonly privateKey: KeyObject
  /** Raw, 32 bytes. */
  readonly ownPublic: Buffer
  readonly sealed: string
  readonly context: string
}): string | undefined {
  const { privateKey, ownPublic, sealed, context } = options
  const bytes = Buffer.from(sealed, 'base64')
  if (bytes.length < sealing.publicBytes + sealing.tagBytes) return undefined
  const ephemeral = bytes.subarray(0, sealing.publicBytes)
  try {
    const publicKey = createPublicKey({
      key: Buffer.concat([Buffer.from(sealing.publicPrefix, 'hex'), ephemeral]),
      format: 'der',
      type: 'spki',
    })
    const shared = diffieHellman({ privateKey, publicKey })
    const salt = Buffer.concat([ephemeral, ownPublic])
    const okm = Buffer.from(hkdfSync('sha256', shared, salt, sealing.info, sealing.derivedBytes))
    const decipher = createDecipheriv('aes-256-gcm', okm.subarray(0, 32), okm.subarray(32), {
      authTagLength: sealing.tagBytes,
    })
    decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-sealing.tagBytes))
    const body = bytes.subarray(sealing.publicBytes, -sealing.tagBytes)
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
