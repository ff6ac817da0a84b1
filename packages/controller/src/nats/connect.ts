/** The connection to NATS, with the options that a control plane needs. */

import { setTimeout as sleep } from 'node:timers/promises'
import { type ConnectionOptions, connect, type NatsConnection } from '@nats-io/transport-node'

export type NatsOptions = {
  servers: string | string[]
  /** Who we are: shown by the server, and the name of our inbox. Letters, digits, _ and -. */
  name: string
  authenticator?: ConnectionOptions['authenticator']
  tls?: ConnectionOptions['tls']
  /** Ends the attempts to connect; the connection itself is ended by `drain` or `close`. */
  signal?: AbortSignal
  log?: (line: string) => void
}

/** The pause between attempts to reach a server. */
const retryMs = 500

/**
 * Connects, trying for as long as `signal` allows, since servers and controllers are started in
 * any order. Once connected it stays so for good: the library's default is to give up after ten
 * attempts and to notice a hung server only after minutes.
 */
export async function connectNats(options: NatsOptions): Promise<NatsConnection> {
  const { signal, log } = options
  const settings = connectionOptions(options)
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    try {
      return await connect(settings)
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      if (attempt === 1) log?.(`NATS at ${String(options.servers)} cannot be reached yet: ${why}`)
      // Cut short, it is the next turn that throws, with the reason of the signal.
      await sleep(retryMs, undefined, signal ? { signal } : {}).catch(() => undefined)
    }
  }
}

/** The options for `connect` of the client library; reference: nats.md, section 6. */
function connectionOptions(options: NatsOptions): ConnectionOptions {
  const { servers, name, authenticator, tls } = options
  if (!/^[A-Za-z0-9_-]+$/.test(name)) throw new Error(`${name} cannot be the name of a connection`)
  return {
    servers,
    name,
    // One's own inbox prefix can be permitted alone; the shared default lets others listen in.
    inboxPrefix: `_INBOX_${name}`,
    timeout: 5_000,
    maxReconnectAttempts: -1,
    reconnectTimeWait: retryMs,
    reconnectJitter: 500,
    pingInterval: 5_000,
    maxPingOut: 2,
    ignoreAuthErrorAbort: true,
    // Else every request makes a stack trace, needed or not.
    noAsyncTraces: true,
    ...(authenticator ? { authenticator } : {}),
    ...(tls ? { tls } : {}),
  }
}
