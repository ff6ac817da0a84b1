/** One waiter, many reasons to wake it: rings that come while it works are kept as one. */
import type { Clock } from './ports.ts'

export type Bell = {
  readonly ring: () => void
  /** Resolves at the next ring, after `ms`, or when the signal is aborted. */
  readonly wait: (ms: number | undefined, signal: AbortSignal) => Promise<void>
}

export function createBell(clock: Clock): Bell {
  let isRung = false
  let wake: (() => void) | undefined
  return {
    ring: () => {
      isRung = true
      wake?.()
    },
    wait: async (ms, signal) => {
      if (!isRung && !signal.aborted) {
        const rung = Promise.withResolvers<void>()
        wake = rung.resolve
        const stop = new AbortController()
        const end = AbortSignal.any([signal, stop.signal])
        // Without a deadline a day is as good as for ever, and one way of waiting is enough.
        await Promise.race([rung.promise, clock.sleep(ms ?? 86_400_000, end)])
        // A reason of our own: the default one is an Error with a stack, and this happens often.
        stop.abort('woken')
        wake = undefined
      }
      isRung = false
    },
  }
}
