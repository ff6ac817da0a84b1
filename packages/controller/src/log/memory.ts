/** The log in memory: for tests and the simulator, under the same contract as JetStream's. */

import type { AppendResult, LogStream, StoredBlock } from './port.ts'

export type MemoryLog = LogStream & {
  /** Loses the last `count` blocks, as a server does whose disk had not written them. */
  loseTail(count: number): void
}

/** An empty log, or one that holds `blocks`. Several writers may share it. */
export function memoryLog(blocks: readonly Uint8Array[] = []): MemoryLog {
  const stored = [...blocks]
  const waiting = new Set<() => void>()

  const at = (sequence: number): StoredBlock | undefined => {
    const bytes = stored[sequence - 1]
    return bytes && { sequence, bytes }
  }

  async function* follow(from: number, signal: AbortSignal): AsyncGenerator<StoredBlock> {
    for (let next = from; !signal.aborted; ) {
      const block = at(next)
      if (block !== undefined) {
        next++
        yield block
      } else await change(signal)
    }
  }

  function change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        waiting.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      waiting.add(done)
      signal.addEventListener('abort', done)
    })
  }

  return {
    async append(bytes, expected): Promise<AppendResult> {
      const sequence = expected + 1
      const found = stored[expected]
      if (found !== undefined && Buffer.compare(found, bytes) !== 0) {
        return { kind: 'deposed', sequence, found }
      }
      if (stored.length < expected) return { kind: 'deposed', sequence, found: undefined }
      if (found === undefined) stored.push(Uint8Array.from(bytes))
      for (const wake of [...waiting]) wake()
      return { kind: 'stored', sequence }
    },
    last: async () => at(stored.length),
    at: async (sequence) => at(sequence),
    async *read(from, signal) {
      const to = stored.length
      for (let next = from; next <= to && !signal?.aborted; next++) {
        const block = at(next)
        if (block !== undefined) yield block
      }
    },
    follow,
    loseTail: (count) => void stored.splice(stored.length - count),
  }
}
