/**
 * Stores last values in a stream, the newest of each subject, in batches. Only the last message
 * of a batch asks for an acknowledgement: the server stores the messages of a connection in their
 * order and numbers them, and the leader is the stream's only writer. So the number says whether
 * the whole batch is there; if it is not, the batch is sent again.
 */
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'

/** Bytes per subject; undefined: the subject is to be cleared. */
type Batch = Map<string, Uint8Array | undefined>

export type BatchWriter = {
  /** Takes the newest bytes of a subject, or undefined to clear it; `flush` sends them. */
  readonly put: (subject: string, bytes: Uint8Array | undefined) => void
  readonly flush: () => void
  /** Resolves when everything put and flushed so far is stored. */
  readonly settled: () => Promise<void>
  /** What is not under way is dropped. */
  readonly stop: () => void
}

/** Messages of a batch, some 2 KB each: far below what the server holds for one connection. */
const batchLimit = 256
const timeoutMs = 5_000
const retryMs = 200

export async function createBatchWriter(options: {
  readonly connection: NatsConnection
  readonly stream: string
  readonly onProblem: (error: unknown) => void
}): Promise<BatchWriter> {
  const { connection, stream, onProblem } = options
  const client = jetstream(connection, { timeout: timeoutMs })
  const manager = await jetstreamManager(connection, { checkAPI: false })
  /** Number of the stream's last message, as far as we know. */
  let last = (await manager.streams.info(stream)).state.last_seq
  let waiting: Batch = new Map()
  let sending = false
  let stopped = false
  let idle: (() => void)[] = []

  async function send(batch: Batch): Promise<void> {
    const rest = [...batch].flatMap(([subject, bytes]) =>
      bytes === undefined ? [] : { subject, bytes },
    )
    const newest = rest.pop()
    for (const { subject, bytes } of rest) connection.publish(subject, bytes)
    if (newest) {
      const { seq } = await client.publish(newest.subject, newest.bytes)
      const expected = last + rest.length + 1
      last = seq
      if (seq !== expected) throw new Error(`message ${seq} was to be ${expected}`)
    }
    for (const [filter, bytes] of batch) {
      if (bytes === undefined) await manager.streams.purge(stream, { filter })
    }
  }

  async function run(): Promise<void> {
    if (sending) return
    sending = true
    while (waiting.size > 0 && !stopped) {
      const batch = takeBatch(waiting)
      try {
        await send(batch)
      } catch (error) {
        if (stopped) break
        onProblem(error)
        // What is newer by now stays as it is.
        waiting = new Map([...batch, ...waiting])
        await new Promise((resolve) => setTimeout(resolve, retryMs))
      }
    }
    sending = false
    for (const resolve of idle.splice(0)) resolve()
  }

  return {
    put: (subject, bytes) => void waiting.set(subject, bytes),
    flush: () => void run(),
    settled() {
      if (!sending && waiting.size === 0) return Promise.resolve()
      return new Promise((resolve) => {
        idle.push(resolve)
      })
    },
    stop() {
      stopped = true
      waiting.clear()
      for (const resolve of idle.splice(0)) resolve()
      idle = []
    },
  }
}

/** The first that wait; they wait no more. */
function takeBatch(waiting: Batch): Batch {
  const batch: Batch = new Map()
  for (const [subject, bytes] of waiting) {
    if (batch.size === batchLimit) break
    batch.set(subject, bytes)
    waiting.delete(subject)
  }
  return batch
}
