/** Tells when the connection is back: what a server keeps in memory may be gone then. */
import type { NatsConnection } from '@nats-io/transport-node'

/** Calls `back` after each reconnect until disposed. */
export function onReconnect(connection: NatsConnection, back: () => void): Disposable {
  const events = connection.status()[Symbol.asyncIterator]()
  let isOver = false
  void (async () => {
    for (;;) {
      const next = await events.next()
      if (next.done || isOver) return
      if (next.value.type === 'reconnect') back()
    }
  })()
  return {
    [Symbol.dispose]() {
      isOver = true
      void events.return?.()
    },
  }
}
