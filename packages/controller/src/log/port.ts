/**
 * The log as the controller sees it: a sequence of blocks that only ever grows. Two
 * implementations, one contract (log.contract.ts): JetStream and memory.
 */

/** One block in the exact bytes that were stored; the first one has sequence 1. */
export type StoredBlock = { sequence: number; bytes: Uint8Array }

/**
 * The block did not become the next one: another writer's is there, or the stream is shorter
 * than we thought. Whoever gets this is no longer the leader and folds again.
 */
type Deposed = {
  kind: 'deposed'
  /** Where our block should have been. */
  sequence: number
  /** What is stored there; absent when the stream ends before it. */
  found: Uint8Array | undefined
}

export type AppendResult = { kind: 'stored'; sequence: number } | Deposed

export type AppendOptions = {
  /** Until when an unclear answer is cleared up, from now. */
  deadlineMs?: number
  signal?: AbortSignal
}

export type LogStream = {
  /**
   * Stores `bytes` at sequence `expected + 1`, or says why not. Never two at once. Throws
   * `AppendUnclear` when nobody can say whether it is stored, and an Error when it is surely not
   * and trying again would not help (too large, no permission).
   */
  append(bytes: Uint8Array, expected: number, options?: AppendOptions): Promise<AppendResult>
  /** The last block, as the stream's leader knows it; nothing in an empty stream. */
  last(): Promise<StoredBlock | undefined>
  /** The block at `sequence`, as the stream's leader knows it. */
  at(sequence: number): Promise<StoredBlock | undefined>
  /** All blocks from `from` to the one that is the last at the time of the call. */
  read(from: number, signal?: AbortSignal): AsyncIterable<StoredBlock>
  /** All blocks from `from`, then each new one as it comes, until `signal` ends it. */
  follow(from: number, signal: AbortSignal): AsyncIterable<StoredBlock>
}

/** The answer was lost and could not be found out in time: the block may or may not be stored. */
export class AppendUnclear extends Error {
  override readonly name = 'AppendUnclear'
  readonly sequence: number

  constructor(sequence: number, cause: unknown) {
    super(`it is not known whether block ${sequence} was stored`, { cause })
    this.sequence = sequence
  }
}
