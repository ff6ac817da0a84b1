/** Time as a port: the machine's own, or that of a simulation. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Clock } from '../lead/port.ts'

export type Time = Clock & {
  /** ms since the epoch, as the machine believes; may jump. */
  readonly wall: () => number
  /** Calls `act` once, `ms` later. */
  readonly after: (ms: number, act: () => void) => Disposable
  /** Calls `act` every `ms`. */
  readonly every: (ms: number, act: () => void) => Disposable
}

/** The clocks of this machine. */
export const machineTime: Time = {
  wall: () => Date.now(),
  now: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined),
  after: (ms, act) => {
    const timer = setTimeout(act, ms)
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
  every: (ms, act) => {
    const timer = setInterval(act, ms)
    return { [Symbol.dispose]: () => clearInterval(timer) }
  },
}
