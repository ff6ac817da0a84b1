/** A timer for judging by silence: it leaves out the tick that comes late. */
import type { Time } from '../edge/time.ts'

/**
 * Calls `tick` every `ms`. After a pause of this process the heartbeats that came in time are still
 * waiting to be read, so a tick that is late by more than its own period judges nobody.
 */
export function everyPunctual(
  time: Pick<Time, 'now' | 'every'>,
  ms: number,
  tick: () => void,
): Disposable {
  let last = time.now()
  return time.every(ms, () => {
    const now = time.now()
    const isPunctual = now - last < 2 * ms
    last = now
    if (isPunctual) tick()
  })
}
