/** The lease in JetStream: the last message of one subject, compared and set by its sequence. */
import { streams, subjectsOf } from '@varve/events'
import type { Bus } from '../edge/bus.ts'
import { parseJson } from '../log/block.ts'
import { isPassing, publish, readMessage } from '../log/jetstream-api.ts'
import { type LeaseStore, LeaseValue } from './port.ts'

/** Short against the lease's duration, so that silence leaves time for another try. */
const readTimeoutMs = 500
const writeTimeoutMs = 1_000

/** The lease of `cluster`; its stream must exist (`ensureStreams`). */
export function jetStreamLease(
  { request, listen }: Pick<Bus, 'request' | 'listen'>,
  cluster: string,
): LeaseStore {
  const stream = streams.lease
  const subject = subjectsOf(cluster).lease
  return {
    async read() {
      try {
        const found = await readMessage(request, stream, { last_by_subj: subject }, readTimeoutMs)
        if (found === undefined) return 'nothing'
        return { sequence: found.sequence, value: LeaseValue.parse(parseJson(found.bytes)) }
      } catch (error) {
        if (isPassing(error)) return 'unclear'
        throw error
      }
    },
    async write(value, expected, timeoutMs) {
      const guards = {
        'Nats-Expected-Last-Subject-Sequence': String(expected),
        'Nats-Expected-Stream': stream,
      }
      const limits = { guards, timeoutMs: Math.max(1, Math.min(timeoutMs, writeTimeoutMs)) }
      const result = await publish(request, subject, Buffer.from(JSON.stringify(value)), limits)
      return result.kind === 'wrong-sequence' ? { kind: 'refused' } : result
    },
    // Also sees what the stream refuses: good enough for a hint.
    watch: (wake) => listen(subject, () => wake()),
  }
}
