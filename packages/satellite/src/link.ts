/** The connection to NATS as the satellite uses it: it may be away, for ever so long. */
import type { NatsConnection } from '@nats-io/transport-node'
import type { Log } from './ports.ts'

export type Link = {
  /** Dropped while there is no server: old news is worth nothing, and all is told again later. */
  readonly send: (subject: string, body: string) => void
  /** Aborted when the connection was lost and is back. */
  readonly connected: () => AbortSignal
  /** Until the signal is aborted or the connection is closed for good. */
  readonly follow: (onReconnect: () => void) => Promise<void>
}

export function createLink(connection: NatsConnection, log: Log, signal: AbortSignal): Link {
  let isUp = true
  let connected = new AbortController()
  const ended = Promise.withResolvers<undefined>()
  signal.addEventListener('abort', () => ended.resolve(undefined), { once: true })
  return {
    send: (subject, body) => {
      if (isUp && !connection.isClosed()) connection.publish(subject, body)
    },
    connected: () => connected.signal,
    follow: async (onReconnect) => {
      const events = connection.status()[Symbol.asyncIterator]()
      while (!signal.aborted) {
        const next = await Promise.race([events.next(), ended.promise])
        if (!next || next.done) return
        if (next.value.type === 'disconnect') {
          isUp = false
          log.warn('the connection to NATS is lost')
        }
        if (next.value.type === 'reconnect') {
          isUp = true
          log.info('connected to NATS again')
          connected.abort()
          connected = new AbortController()
          onReconnect()
        }
      }
    },
  }
}
