/**
 * How often each endpoint was asked and how long that took, as a histogram of Prometheus: counts of
 * what took at most so many seconds, one upon the other.
 */
const bounds = [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 30] as const

type Times = { readonly atMost: number[]; count: number; seconds: number }

export class Tally {
  readonly #times = new Map<string, Times>()
  #scrapes = 0
  #scrapeSeconds = 0

  /** `call` is the method and the path with its parameters' names: there are as many as endpoints. */
  note(call: string, seconds: number): void {
    const times = this.#times.get(call) ?? { atMost: bounds.map(() => 0), count: 0, seconds: 0 }
    for (const [at, bound] of bounds.entries()) {
      if (seconds <= bound) times.atMost[at] = (times.atMost[at] ?? 0) + 1
    }
    times.count += 1
    times.seconds += seconds
    this.#times.set(call, times)
  }

  noteScrape(seconds: number): void {
    this.#scrapes += 1
    this.#scrapeSeconds = seconds
  }

  /** Of the scrapes before this one. */
  get scrapes(): { readonly count: number; readonly lastSeconds: number } {
    return { count: this.#scrapes, lastSeconds: this.#scrapeSeconds }
  }

  /** Rows of the histogram, by call, in the order in which they were first asked. */
  *rows(): Generator<{
    readonly call: string
    readonly buckets: readonly (readonly [bound: string, count: number])[]
    readonly count: number
    readonly seconds: number
  }> {
    for (const [call, { atMost, count, seconds }] of this.#times) {
      const buckets = bounds.map((bound, at) => [String(bound), atMost[at] ?? 0] as const)
      yield { call, buckets: [...buckets, ['+Inf', count]], count, seconds }
    }
  }
}
