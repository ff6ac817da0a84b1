/**
 * The lease: who may lead. The holder rewrites one message twice a second, each time on condition
 * that it is still the last one; a standby takes over when it has seen no renewal for a while by
 * its own monotonic clock, under the same condition. No wall clock is compared with another's.
 *
 * The lease only keeps leaders from fighting; what keeps a late one from writing is the expected
 * sequence of the log. So lateness alone ends nothing: a holder that was asleep, or had to wait for a
 * busy machine, renews under the same condition, and is told if somebody took it in the meantime.
 */

import type { Clock, LeaseStore, LeaseValue } from './port.ts'

export type LeaseOptions = {
  store: LeaseStore
  clock: Clock
  /** Who asks: the controller's name, shown to people. */
  holder: string
  /** Different for each start of a controller, so that it does not take its past self for itself. */
  instance: string
  /** How often the holder renews; 300. */
  renewMs?: number
  /** How long a standby waits for a renewal; 1200. */
  expireMs?: number
}

export type Lease = AsyncDisposable & {
  /** Aborted when the lease is no longer ours; the reason is an Error with a sentence. */
  readonly lost: AbortSignal
  /** True while no standby can have taken over yet; right even when timers are late. */
  isHeld(): boolean
  /** Stops renewing, and lets a standby take over at once. */
  release(): Promise<void>
}

const renewDefaultMs = 300
const expireDefaultMs = 1_200
/** A holder is sure of itself for less than a standby waits; clocks may differ in speed by the rest. */
const holderShare = 0.85
/** Without any answer for so long a holder gives up, as an append does: see append.ts. */
const silenceMs = 15_000

/**
 * Waits until the lease is ours, and renews it from then on. Rejects with the reason of `signal`
 * when that ends the waiting.
 */
export async function acquireLease(options: LeaseOptions, signal: AbortSignal): Promise<Lease> {
  const { store, clock, holder, instance } = options
  const { renewMs = renewDefaultMs, expireMs = expireDefaultMs } = options
  let woken = new AbortController()
  using _watch = store.watch(() => woken.abort())
  let seen = { sequence: -1, at: clock.now() }
  for (;;) {
    signal.throwIfAborted()
    // Renewed before the read, so that no change between read and sleep is missed.
    woken = new AbortController()
    const current = await store.read()
    if (current !== 'unclear') {
      const sequence = current === 'nothing' ? 0 : current.sequence
      if (sequence !== seen.sequence) seen = { sequence, at: clock.now() }
      // Ours already: a claim of ours was stored, but the answer was lost.
      const isFree =
        current === 'nothing' || current.value.released || current.value.instance === instance
      if (isFree || clock.now() - seen.at >= expireMs) {
        const at = clock.now()
        const claim = await store.write({ holder, instance, released: false }, sequence, expireMs)
        if (claim.kind === 'stored') return new HeldLease(options, claim.sequence, at)
        if (claim.kind === 'refused') continue
        // Our own unanswered claim also wakes us: a pause, or we would claim without end.
        woken = new AbortController()
      }
    }
    const left = Math.max(seen.at + expireMs - clock.now(), 0)
    const pauseMs = left > 0 ? Math.min(renewMs, left) : renewMs
    await clock.sleep(pauseMs, AbortSignal.any([signal, woken.signal]))
  }
}

class HeldLease implements Lease {
  readonly #store: LeaseStore
  readonly #clock: Clock
  readonly #value: LeaseValue
  readonly #renewMs: number
  readonly #holdMs: number
  readonly #lost = new AbortController()
  readonly #stop = new AbortController()
  readonly #renewing: Promise<void>
  #sequence: number
  /** When the last renewal that succeeded was sent: before any standby can have seen it. */
  #renewedAt: number

  constructor(options: LeaseOptions, sequence: number, claimedAt: number) {
    this.#store = options.store
    this.#clock = options.clock
    this.#value = { holder: options.holder, instance: options.instance, released: false }
    this.#renewMs = options.renewMs ?? renewDefaultMs
    this.#holdMs = (options.expireMs ?? expireDefaultMs) * holderShare
    this.#sequence = sequence
    this.#renewedAt = claimedAt
    this.#renewing = this.#renewUntilLost().catch((error) => this.#lose(String(error)))
  }

  get lost(): AbortSignal {
    return this.#lost.signal
  }

  isHeld(): boolean {
    return !this.#lost.signal.aborted && this.#leftMs() > 0
  }

  async release(): Promise<void> {
    this.#stop.abort()
    await this.#renewing
    if (this.#lost.signal.aborted) return
    this.#lose('the lease was released')
    // When this fails, a standby takes over after the usual time.
    await this.#store.write({ ...this.#value, released: true }, this.#sequence, this.#renewMs)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }

  async #renewUntilLost(): Promise<void> {
    let pauseMs = this.#renewMs
    while (!this.#lost.signal.aborted) {
      await this.#clock.sleep(pauseMs, this.#stop.signal)
      if (this.#stop.signal.aborted) return
      const at = this.#clock.now()
      const renewal = await this.#store.write(this.#value, this.#sequence, this.#holdMs)
      if (renewal.kind === 'stored') {
        this.#sequence = renewal.sequence
        this.#renewedAt = at
        pauseMs = this.#renewMs
      } else {
        await this.#lookAgain()
        if (this.#clock.now() - this.#renewedAt > silenceMs) this.#lose('NATS has been silent')
        pauseMs = this.#renewMs / 10
      }
    }
  }

  /** After a refusal or silence: either a renewal of ours had been stored, or it is another's. */
  async #lookAgain(): Promise<void> {
    const current = await this.#store.read()
    if (current === 'unclear') return
    if (current === 'nothing') return this.#lose('the lease has disappeared')
    if (current.value.instance === this.#value.instance) this.#sequence = current.sequence
    else this.#lose(`the lease was taken by ${current.value.holder}`)
  }

  #leftMs(): number {
    return this.#renewedAt + this.#holdMs - this.#clock.now()
  }

  #lose(why: string): void {
    this.#lost.abort(new Error(why))
  }
}
