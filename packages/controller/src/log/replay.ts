/** Reading the stream in order: up to its end, or for ever. */

import { DeliverPolicy, jetstream } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Bus } from '../edge/bus.ts'
import type { Clock } from '../lead/port.ts'
import { isPassing } from './jetstream-api.ts'
import type { StoredBlock } from './port.ts'

/** What is asked for ahead. Bytes, not messages: a block may be small or half a megabyte. */
const aheadBytes = 8 * 1024 * 1024
/**
 * A pull ends after this time, with a heartbeat at its half. The library notices a server that
 * went away by two missing heartbeats; its default needs 45 seconds to go on after a restart.
 */
const pullMs = 2_000
const pauseMs = 100

/**
 * The blocks from `from` on, each exactly once and without a gap; ends after `to`, or when
 * `signal` is aborted. A lost connection is waited out. Throws when the stream has a gap.
 */
export async function* replay(
  { bus, time }: { readonly bus: Pick<Bus, 'consume'>; readonly time: Clock },
  stream: string,
  range: { from: number; to: number },
  signal?: AbortSignal,
): AsyncGenerator<StoredBlock> {
  let next = range.from
  while (next <= range.to && !signal?.aborted) {
    try {
      for await (const block of bus.consume(stream, next, signal)) {
        if (block.sequence !== next) {
          throw new Error(`the log has a gap: block ${next} is missing`)
        }
        next++
        yield block
        if (block.sequence === range.to) return
      }
    } catch (error) {
      if (!isPassing(error)) throw error
    }
    // The consumer ended by itself: the server went away, or forgot it. A new one goes on.
    if (!signal?.aborted) await time.sleep(pauseMs)
  }
}

/** One reader of the stream, for as long as the server knows it. */
export async function* consume(
  connection: NatsConnection,
  stream: string,
  from: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<StoredBlock> {
  const consumer = await jetstream(connection).consumers.get(stream, {
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: from,
  })
  const messages = await consumer.consume({ max_bytes: aheadBytes, expires: pullMs })
  const stop = () => messages.stop()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    if (signal?.aborted) return
    for await (const message of messages) yield { sequence: message.seq, bytes: message.data }
  } finally {
    signal?.removeEventListener('abort', stop)
    messages.stop()
  }
}
