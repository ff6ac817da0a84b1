/**
 * A connection that nobody but its two ends can make or read: TLS 1.3 with a key that both have made
 * out of their own and the other's (secrets/node-key.ts), and a Diffie-Hellman exchange of its own,
 * so that whoever gets hold of a node's key later still reads nothing of what was sent.
 */
import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import { connect, TLSSocket } from 'node:tls'

const handshakeMs = 10_000

const tls = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  ciphers: 'TLS_AES_128_GCM_SHA256',
} as const

/** `identity`: of the copy; both ends must mean the same. */
export async function secure(
  side: 'client' | 'server',
  socket: Duplex,
  { identity, key }: { readonly identity: string; readonly key: Buffer },
): Promise<TLSSocket> {
  const secured =
    side === 'client'
      ? connect({
          ...tls,
          socket,
          pskCallback: () => ({ psk: key, identity }),
          // Nobody has a certificate: the key is what proves who they are.
          checkServerIdentity: () => undefined,
        })
      : new TLSSocket(socket, {
          ...tls,
          isServer: true,
          pskCallback: (_socket: TLSSocket, asked: string) => (asked === identity ? key : null),
        } as ConstructorParameters<typeof TLSSocket>[1])
  const timer = setTimeout(() => secured.destroy(new Error('no handshake in time')), handshakeMs)
  secured.once('close', () => socket.destroy())
  try {
    const ended = once(secured, 'close').then(() => {
      throw new Error('the other end does not prove that it is the one that is meant')
    })
    await Promise.race([once(secured, side === 'client' ? 'secureConnect' : 'secure'), ended])
    ended.catch(() => undefined)
    // Later errors end whoever reads or writes; nobody else has to hear of them.
    secured.on('error', () => undefined)
    return secured
  } catch (error) {
    secured.on('error', () => undefined)
    secured.destroy()
    throw error
  } finally {
    clearTimeout(timer)
  }
}
