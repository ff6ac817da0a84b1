/**
 * The node's own key pair: made at the first start, kept for root alone beside our other state.
 * Losing it costs nothing but a moment: a new one is made, told to the controller, and documents
 * come sealed to it.
 */
import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto'
import { sealing } from '@varve/events'
import type { Host } from '../host/host.ts'
import { configDirectory } from '../layers/drbd/paths.ts'
import type { Log } from '../ports.ts'
import { unseal } from './unseal.ts'

/** Not matched by drbdadm's include; `writeFile` of the real host makes it mode 0600. */
export const nodeKeyPath = `${configDirectory}/node.key`

export type NodeKey = {
  /** X25519, base64 of the raw 32 bytes. */
  readonly publicKey: string
  /** Text of a secret that was sealed to this node for `context`; undefined when it is not. */
  /** 32 bytes that only this node and the one of that key can know, for `context` alone. */
  readonly agree: (publicKey: string, context: string) => Buffer
  readonly unseal: (sealed: string, context: string) => string | undefined
}

export async function loadNodeKey(host: Host, log: Log): Promise<NodeKey> {
  const stored = await host.readFile(nodeKeyPath)
  const known = stored === undefined ? undefined : readKey(stored)
  if (known) return nodeKeyOf(known)
  if (stored !== undefined) {
    log.warn({ path: nodeKeyPath }, 'the key of this node cannot be read: a new one is made')
  }
  const { privateKey } = generateKeyPairSync('x25519')
  const text = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
  await host.writeFile(nodeKeyPath, text)
  return nodeKeyOf(privateKey)
}

function readKey(text: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(text)
    return key.asymmetricKeyType === 'x25519' ? key : undefined
  } catch {
    return undefined
  }
}

export function nodeKeyOf(privateKey: KeyObject): NodeKey {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  const raw = spki.subarray(-sealing.publicBytes)
  return {
    publicKey: raw.toString('base64'),
    agree: (publicKey, context) =>
      agree(privateKey, raw, Buffer.from(publicKey, 'base64'), context),
    unseal: (sealed, context) => unseal({ privateKey, ownPublic: raw, sealed, context }),
  }
}

/** Both sides get the same; whose keys they are is part of it, in an order that both know. */
function agree(privateKey: KeyObject, own: Buffer, peer: Buffer, context: string): Buffer {
  const key = Buffer.concat([Buffer.from(sealing.publicPrefix, 'hex'), peer])
  const publicKey = createPublicKey({ key, format: 'der', type: 'spki' })
  const shared = diffieHellman({ privateKey, publicKey })
  const salt = Buffer.concat([own, peer].sort(Buffer.compare))
  return Buffer.from(hkdfSync('sha256', shared, salt, `varve agreed ${context}`, 32))
}
