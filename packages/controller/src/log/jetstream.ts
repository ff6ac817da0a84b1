/** The log in JetStream. */

import type { NatsConnection } from '@nats-io/transport-node'
import { streams, subjectsOf } from '@varve/events'
import { type AppendTarget, appendBlock, blockAt, type Request } from './append.ts'
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
  const target: AppendTarget = { request, stream, subject: subjectsOf(cluster).log }
  const last = () => blockAt(target, { last_by_subj: target.subject })
  return {
    append: (bytes, expected, options) => appendBlock(target, bytes, expected, options),
    last,
    at: (sequence) => blockAt(target, { seq: sequence }),
    async *read(from, signal) {
      const to = (await last())?.sequence ?? 0
      yield* replay(connection, stream, { from, to }, signal)
    },
    follow: (from, signal) =>
      replay(connection, stream, { from, to: Number.POSITIVE_INFINITY }, signal),
  }
}
