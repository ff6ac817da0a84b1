import { describe, expect, it } from 'vitest'
import { acquireLease, type Lease } from './lease.ts'
import { memoryLease } from './lease-memory.ts'
import type { Clock, LeaseStore } from './port.ts'

/** A clock that stands until it is told to go; many sleepers, woken in the order of their times. */
function handClock() {
  let now = 0
  const sleepers = new Set<{ until: number; wake: () => void }>()
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve))
  const clock: Clock = {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const sleeper = { until: now + ms, wake: resolve }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', () => sleepers.delete(sleeper) && resolve())
      }),
  }
  async function advance(ms: number): Promise<void> {
    const end = now + ms
    for (;;) {
      await settle()
      const next = [...sleepers].sort((a, b) => a.until - b.until)[0]
      if (next === undefined || next.until > end) break
      now = Math.max(now, next.until)
      sleepers.delete(next)
      next.wake()
    }
    now = end
    await settle()
  }
  const jump = (ms: number) => {
    now += ms
  }
  return { clock, advance, jump }
}

/** A controller that wants the lease; its store can be cut off, or lose only the answers. */
function contender(name: string, store: LeaseStore, clock: Clock) {
  let isCutOff = false
  let losesAnswers = false
  const own: LeaseStore = {
    read: async () => (isCutOff ? 'unclear' : store.read()),
    async write(value, expected, timeoutMs) {
      if (isCutOff) return { kind: 'unclear' }
      const result = await store.write(value, expected, timeoutMs)
      return losesAnswers ? { kind: 'unclear' } : result
    },
    watch: (wake) => store.watch(() => isCutOff || wake()),
  }
  const stop = new AbortController()
  const self = {
    lease: undefined as Lease | undefined,
    isHolding: () => self.lease?.isHeld() ?? false,
    cutOff: (value: boolean) => {
      isCutOff = value
    },
    loseAnswers: (value: boolean) => {
      losesAnswers = value
    },
    give: () => stop.abort(new Error('enough')),
    done: acquireLease(
      { store: own, clock, holder: name, instance: `${name}-1` },
      stop.signal,
    ).then((lease) => {
      self.lease = lease
    }),
  }
  return self
}

async function twoControllers() {
  const store = memoryLease()
  const { clock, advance, jump } = handClock()
  const alpha = contender('alpha', store, clock)
  await advance(0)
  const bravo = contender('bravo', store, clock)
  await advance(10_000)
  return { alpha, bravo, advance, jump, store, clock }
}

describe('the lease', () => {
  it('is held by one, for as long as it lives', async () => {
    const { alpha, bravo } = await twoControllers()
    expect([alpha.isHolding(), bravo.isHolding()]).toEqual([true, false])
  })

  it('changes hands a good second after the holder was last heard of, never to be held by two', async () => {
    const { alpha, bravo, advance } = await twoControllers()
    alpha.cutOff(true)
    let took = 0
    while (!bravo.isHolding() && took < 5_000) {
      await advance(10)
      took += 10
      expect(alpha.isHolding() && bravo.isHolding()).toBe(false)
    }
    expect(took).toBeGreaterThan(850)
    expect(took).toBeLessThanOrEqual(1_210)
    alpha.cutOff(false)
    await advance(500)
    expect(String(alpha.lease?.lost.reason)).toContain('was taken by bravo')
  })

  it('is given up by a holder that has heard nothing for a long time', async () => {
    const { alpha, advance } = await twoControllers()
    alpha.cutOff(true)
    await advance(14_000)
    expect(alpha.lease?.lost.aborted).toBe(false)
    await advance(2_000)
    expect(String(alpha.lease?.lost.reason)).toContain('silent')
  })

  it('stays with a holder that was late, when nobody took it', async () => {
    const store = memoryLease()
    const { clock, advance, jump } = handClock()
    const alpha = contender('alpha', store, clock)
    await advance(1_000)
    jump(60_000)
    expect(alpha.isHolding()).toBe(false)
    await advance(1_000)
    expect([alpha.isHolding(), alpha.lease?.lost.aborted]).toEqual([true, false])
  })

  it('is handed over at once when it is released', async () => {
    const { alpha, bravo, advance } = await twoControllers()
    await alpha.lease?.release()
    await advance(0)
    expect([alpha.isHolding(), bravo.isHolding()]).toEqual([false, true])
    await alpha.lease?.release()
    expect(bravo.isHolding()).toBe(true)
  })

  it('is kept when only answers are lost for a while', async () => {
    const { alpha, bravo, advance } = await twoControllers()
    alpha.loseAnswers(true)
    await advance(1_200)
    alpha.loseAnswers(false)
    await advance(5_000)
    expect([alpha.isHolding(), bravo.isHolding()]).toEqual([true, false])
  })

  it('is not relied on by a holder that slept through it, and is one’s in the end', async () => {
    const { alpha, bravo, advance, jump } = await twoControllers()
    jump(60_000)
    expect(alpha.isHolding()).toBe(false)
    await advance(5_000)
    expect([alpha, bravo].filter((one) => one.isHolding())).toHaveLength(1)
    expect(alpha.lease?.lost.aborted).toBe(bravo.isHolding())
  })

  it('is taken by one of many standbys', async () => {
    const { alpha, bravo, advance, store, clock } = await twoControllers()
    const more = ['charlie', 'delta', 'echo'].map((name) => contender(name, store, clock))
    await advance(1_000)
    alpha.cutOff(true)
    await advance(10_000)
    expect([bravo, ...more].filter((standby) => standby.isHolding())).toHaveLength(1)
  })

  it('is found by a claimant whose claim was stored without an answer', async () => {
    const store = memoryLease()
    const { clock, advance } = handClock()
    const alpha = contender('alpha', store, clock)
    alpha.loseAnswers(true)
    await advance(600)
    expect(alpha.isHolding()).toBe(false)
    alpha.loseAnswers(false)
    await advance(600)
    expect(alpha.isHolding()).toBe(true)
  })

  it('is no longer waited for when the controller stops', async () => {
    const { bravo, advance } = await twoControllers()
    bravo.give()
    const done = expect(bravo.done).rejects.toThrow('enough')
    await advance(0)
    await done
  })
})
