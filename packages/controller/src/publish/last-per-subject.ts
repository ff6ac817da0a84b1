/** All last values of a stream, once: what a controller that just started reads. */
import { DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'

export async function* lastPerSubject(
  connection: NatsConnection,
  stream: string,
): AsyncGenerator<{ subject: string; text: string }> {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  const { state } = await manager.streams.info(stream)
  if (state.messages === 0) return
  const consumer = await jetstream(connection).consumers.get(stream, {
    deliver_policy: DeliverPolicy.LastPerSubject,
  })
  const messages = await consumer.consume({ max_messages: 1000 })
  for await (const message of messages) {
    yield { subject: message.subject, text: message.string() }
    if (message.info.pending === 0) break
  }
  messages.stop()
}
