/**
 * A process as its machine treats it: it may be stopped for a while, killed, and told another time
 * than it is. All that reaches it (timers, messages, disks that have written) comes through here.
 */
import type { Time } from '@varve/controller/parts'
import type { SimClock } from '../clock.ts'

export class SimProcess {
  /** ms by which this machine's wall clock is ahead of the true time. */
  ahead = 0
  /** What reached it so far: whether anything goes on. */
  static happened = 0
  readonly time: Time
  readonly #clock: SimClock
  #status: 'running' | 'stopped' | 'dead' = 'running'
  #waiting: (() => void)[] = []

  constructor(clock: SimClock) {
    this.#clock = clock
    this.time = {
      now: clock.now,
      wall: () => clock.now() + this.ahead,
      sleep: (ms, signal) => this.#sleep(ms, signal),
      after: (ms, act) => ({ [Symbol.dispose]: this.#after(ms, act) }),
      every: (ms, act) => this.#every(ms, act),
    }
  }

  get isAlive(): boolean {
    return this.#status !== 'dead'
  }

  /** Now, or when it goes on; never once it is dead. */
  reach(act: () => void): void {
    if (this.#status === 'dead') return
    SimProcess.happened += 1
    if (this.#status === 'stopped') this.#waiting.push(act)
    else act()
  }

  stop(): void {
    if (this.#status === 'running') this.#status = 'stopped'
  }

  goOn(): void {
    if (this.#status !== 'stopped') return
    this.#status = 'running'
    for (const act of this.#waiting.splice(0)) act()
  }

  /** In the middle of whatever it does: nothing reaches it any more. */
  kill(): void {
    this.#status = 'dead'
    this.#waiting = []
  }

  #after(ms: number, act: () => void): () => void {
    let isOff = false
    const cancel = this.#clock.after(Math.ceil(ms), () => this.reach(() => !isOff && act()))
    return () => {
      isOff = true
      cancel()
    }
  }

  #every(ms: number, act: () => void): Disposable {
    let cancel = () => {}
    const next = () => {
      cancel = this.#after(ms, () => {
        next()
        act()
      })
    }
    next()
    return { [Symbol.dispose]: () => cancel() }
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const end = () => {
        cancel()
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const cancel = this.#after(ms, end)
      signal?.addEventListener('abort', end, { once: true })
    })
  }
}
