/** What the shell needs from outside besides the Host: time and a log. */
import type { Logger } from 'pino'

export type Clock = {
  /** Milliseconds since epoch. */
  readonly now: () => number
  /** Resolves after `ms`, or as soon as the signal is aborted; never rejects. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
}

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

export const realClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal?.addEventListener('abort', end, { once: true })
    }),
}
