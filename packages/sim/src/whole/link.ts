/** One direction of a connection to the server: in order, with delays; it can be cut. */
import type { SimClock } from '../clock.ts'
import type { Random } from '../random.ts'

/** What becomes of words on a cut cable: lost, or kept and sent when it is whole again. */
export type Cut = 'lost' | 'kept'

const usualMs = 1

export class Link {
  /** Longest delay, ms. */
  slowMs = usualMs
  readonly #clock: SimClock
  readonly #random: Random
  #cut: Cut | undefined
  #kept: (() => void)[] = []
  #last = 0

  constructor(clock: SimClock, random: Random) {
    this.#clock = clock
    this.#random = random
  }

  get isCut(): boolean {
    return this.#cut !== undefined
  }

  send(act: () => void): void {
    if (this.#cut === 'lost') return
    if (this.#cut === 'kept') {
      this.#kept.push(act)
      return
    }
    const now = this.#clock.now()
    const delay = this.slowMs === usualMs ? usualMs : Math.ceil(this.#random.next() * this.slowMs)
    // One connection keeps the order.
    this.#last = Math.max(this.#last, now + delay)
    this.#clock.after(this.#last - now, act)
  }

  cut(how: Cut): void {
    this.#cut ??= how
  }

  heal(): void {
    this.#cut = undefined
    for (const act of this.#kept.splice(0)) this.send(act)
  }
}
