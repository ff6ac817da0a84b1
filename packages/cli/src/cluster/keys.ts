/** NATS user keys: what is public is told to the cluster, the seed stays with its owner. */
import { nkeys } from '@nats-io/transport-node'

export type KeyPair = { readonly publicKey: string; readonly seed: string }

export function newKeyPair(): KeyPair {
  const pair = nkeys.createUser()
  return { publicKey: pair.getPublicKey(), seed: new TextDecoder().decode(pair.getSeed()) }
}

export function publicKeyOf(seed: string): string {
  return nkeys.fromSeed(new TextEncoder().encode(seed)).getPublicKey()
}
