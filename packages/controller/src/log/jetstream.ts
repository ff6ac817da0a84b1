/** The log in JetStream. */

import type { NatsConnection } from '@nats-io/transport-node'
import { streams, subjectsOf } from '@varve/events'
import { appendBlock, attemptMs } from './append.ts'
import { type Request, readMessage } from './jetstream-api.ts'
import type { LogStream } from './port.ts'
import { replay } from './replay.ts'

/**
 * The log of `cluster` on this connection; the stream must exist (`ensureStreams`). `request`
 * replaces the connection's own, for tests that lose answers.
 */
export function jetStreamLog(
  connection: NatsConnection,
  cluster: string,
  request: Request = (subject, payload, options) => connection.request(subject, payload, options),
): LogStream {
  const stream = streams.log
  const subject = subjectsOf(cluster).log
  const target = { request, stream, subject }
  const last = () => readMessage(request, stream, { last_by_subj: subject }, attemptMs)
  return {
    append: (bytes, expected, options) => appendBlock(target, bytes, expected, options),
    last,
    at: (sequence) => readMessage(request, stream, { seq: sequence }, attemptMs),
    async *read(from, signal) {
      const to = (await last())?.sequence ?? 0
      yield* replay(connection, stream, { from, to }, signal)
    },
    follow: (from, signal) =>
      replay(connection, stream, { from, to: Number.POSITIVE_INFINITY }, signal),
  }
}
