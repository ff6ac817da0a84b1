/** What the lease needs from the world: one message that can be compared and set, and a clock. */

import { z } from 'zod'

export const LeaseValue = z.object({
  /** The controller's name, for people. */
  holder: z.string(),
  /** Different for each start of a controller. */
  instance: z.string(),
  /** Given back: who wants it may take it at once. */
  released: z.boolean(),
})
export type LeaseValue = z.infer<typeof LeaseValue>

export type LeaseStore = {
  /** The stored lease as the stream's leader knows it; nothing before the first. */
  read(): Promise<{ sequence: number; value: LeaseValue } | 'nothing' | 'unclear'>
  /** Stores when `expected` is still the sequence of the stored lease (0: there is none). */
  write(
    value: LeaseValue,
    expected: number,
    timeoutMs: number,
  ): Promise<{ kind: 'stored'; sequence: number } | { kind: 'refused' } | { kind: 'unclear' }>
  /** Calls `wake` when the lease may have changed; a hint, nothing is decided by it. */
  watch(wake: () => void): Disposable
}

export type Clock = {
  /** Monotonic milliseconds. */
  now(): number
  /** Resolves after `ms`, or as soon as `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}
