/** A timer for judging by silence: it leaves out the tick that comes late. */
import { performance } from 'node:perf_hooks'

/**
 * Calls `tick` every `ms`. After a pause of this process the heartbeats that came in time are still
 * waiting to be read, so a tick that is late by more than its own period judges nobody.
 */
export function everyPunctual(ms: number, tick: () => void): Disposable {
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    const isPunctual = now - last < 2 * ms
    last = now
    if (isPunctual) tick()
  }, ms)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}
