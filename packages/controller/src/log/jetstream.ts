/** The log in JetStream. */
import type { NatsConnection } from '@nats-io/transport-node'
import { streams, subjectsOf } from '@varve/events'
import type { Edge } from '../edge/port.ts'
import { machineTime } from '../edge/time.ts'
import { appendBlock, attemptMs } from './append.ts'
import { type Request, readMessage } from './jetstream-api.ts'
import type { LogStream } from './port.ts'
import { consume, replay } from './replay.ts'

/**
 * The log of `cluster` on this connection; the stream must exist (`ensureStreams`). `request`
 * replaces the connection's own, for tests that lose answers.
 */
export function jetStreamLog(
  connection: NatsConnection,
  cluster: string,
  request: Request = (subject, payload, options) => connection.request(subject, payload, options),
): LogStream {
  const bus = {
    request,
    consume: (stream: string, from: number, signal: AbortSignal | undefined) =>
      consume(connection, stream, from, signal),
  }
  return logOn({ bus, time: machineTime }, cluster)
}

type LogEdge = {
  readonly bus: Pick<Edge['bus'], 'request' | 'consume'>
  readonly time: Edge['time']
}

/** The same over whatever stands for NATS. */
export function logOn(edge: LogEdge, cluster: string): LogStream {
  const { request } = edge.bus
  const stream = streams.log
  const subject = subjectsOf(cluster).log
  const target = { request, clock: edge.time, stream, subject }
  const last = () => readMessage(request, stream, { last_by_subj: subject }, attemptMs)
  return {
    append: (bytes, expected, options) => appendBlock(target, bytes, expected, options),
    last,
    at: (sequence) => readMessage(request, stream, { seq: sequence }, attemptMs),
    async *read(from, signal) {
      const to = (await last())?.sequence ?? 0
      yield* replay(edge, stream, { from, to }, signal)
    },
    follow: (from, signal) => replay(edge, stream, { from, to: Number.POSITIVE_INFINITY }, signal),
  }
}
