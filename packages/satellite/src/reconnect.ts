/** Tells when the connection is back: what the server kept in memory may be gone then. */
import type { NatsConnection } from '@nats-io/transport-node'

/** Calls `back` after each reconnect, until `signal` is aborted or the connection is closed. */
export async function onReconnect(
  connection: NatsConnection,
  signal: AbortSignal,
  back: () => void,
): Promise<void> {
  const ended = Promise.withResolvers<undefined>()
  const end = () => ended.resolve(undefined)
  signal.addEventListener('abort', end, { once: true })
  const events = connection.status()[Symbol.asyncIterator]()
  while (!signal.aborted) {
    const next = await Promise.race([events.next(), ended.promise])
    if (!next || next.done) break
    if (next.value.type === 'reconnect') back()
  }
  signal.removeEventListener('abort', end)
  // Not awaited: it waits for an event that may never come.
  void events.return?.()
}
