/**
 * Stores last values in a stream, the newest of each subject, in batches. Only the last message
 * of a batch asks for an acknowledgement: the server stores the messages of a connection in their
 * order and numbers them, and the leader is the stream's only writer. So the number says whether
 * the whole batch is there; if it is not, the batch is sent again.
 */
import type { Edge } from '../edge/port.ts'
import { extentOf, publish, purge } from '../log/jetstream-api.ts'

/** Bytes per subject; undefined: the subject is to be cleared. */
type Batch = Map<string, Uint8Array | undefined>

export type BatchWriter = {
  /** Takes the newest bytes of a subject, or undefined to clear it; `flush` sends them. */
  readonly put: (subject: string, bytes: Uint8Array | undefined) => void
  readonly flush: () => void
  /**
   * False when somebody else has written or cleared something since this was asked last; `messages`:
   * how many there are to be. Not known while something is under way, which is no reason for alarm.
   */
  readonly isUndisturbed: (messages: number) => Promise<boolean>
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
  readonly edge: Pick<Edge, 'bus' | 'time'>
  readonly stream: string
  readonly onProblem: (error: unknown) => void
}): Promise<BatchWriter> {
  const { stream, onProblem } = options
  const { bus, time } = options.edge
  const { request } = bus
  /** Number of the stream's last message, as far as we know. */
  let { last } = await extentOf(request, stream)
  /** A number was not the one that was to come: somebody else writes, too. */
  let isDisturbed = false
  let waiting: Batch = new Map()
  let sending = false
  let stopped = false
  let idle: (() => void)[] = []

  async function send(batch: Batch): Promise<void> {
    const rest = [...batch].flatMap(([subject, bytes]) =>
      bytes === undefined ? [] : { subject, bytes },
    )
    const newest = rest.pop()
    for (const { subject, bytes } of rest) bus.publish(subject, bytes)
    if (newest) {
      const sequence = await store(newest)
      const expected = last + rest.length + 1
      last = sequence
      isDisturbed ||= sequence !== expected
      if (sequence !== expected) throw new Error(`message ${sequence} was to be ${expected}`)
    }
    for (const [filter, bytes] of batch) {
      if (bytes === undefined) await purge(request, stream, filter)
    }
  }

  async function store({ subject, bytes }: { subject: string; bytes: Uint8Array }) {
    const limits = { guards: { 'Nats-Expected-Stream': stream }, timeoutMs }
    const published = await publish(request, subject, bytes, limits)
    if (published.kind === 'stored') return published.sequence
    throw new Error('nobody has acknowledged it', { cause: published })
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
        await time.sleep(retryMs)
      }
    }
    sending = false
    for (const resolve of idle.splice(0)) resolve()
  }

  return {
    put: (subject, bytes) => void waiting.set(subject, bytes),
    flush: () => void run(),
    async isUndisturbed(messages) {
      if (sending || waiting.size > 0) return true
      const before = last
      const extent = await extentOf(request, stream)
      // Something of ours is on its way: asked again another time.
      if (sending || waiting.size > 0 || last !== before) return true
      const isAsLeft = !isDisturbed && extent.last === last && extent.messages === messages
      isDisturbed = false
      last = extent.last
      return isAsLeft
    },
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
