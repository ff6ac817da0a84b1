import { suspensionLimitMs } from '@varve/events'
import { expect, test, vi } from 'vitest'
import { manualClock, silent } from '../given-machine.ts'
import { type Answer, recordedHost } from '../host/record.ts'
import { guardSuspensions, liftSuspensions } from './guard.ts'
import { readSuspension, type Suspension, suspensionPath, suspensionText } from './marker.ts'

const held: Suspension = {
  resource: 'web',
  snapshot: 's1',
  owner: 'somebody',
  state: 'held',
  sinceMs: 0,
  minors: [1000, 1001],
}
const path = suspensionPath(held)
const both = ['drbdsetup resume-io 1000', 'drbdsetup resume-io 1001']

/** A machine that has been up for as long as the clock says. */
function given(options: { marker?: Suspension; answer?: () => Answer } = {}) {
  const clock = manualClock()
  const start = clock.now()
  const host = recordedHost({ answer: options.answer ?? (() => ({})) })
  const passed = (ms: number) => host.files.set('/proc/uptime', `${ms / 1000} 0.00\n`)
  const stop = new AbortController()
  let isSuspended = false
  const lifted: number[] = []
  const guard = {
    host,
    clock,
    log: silent,
    signal: stop.signal,
    isSuspended: () => isSuspended,
    onLifted: () => lifted.push(clock.now() - start),
  }
  passed(0)
  if (options.marker) host.files.set(path, suspensionText(options.marker))
  return {
    host,
    guard,
    lifted,
    marker: () => readSuspension('web@s1', host.files.get(path)),
    suspend: (now: boolean) => {
      isSuspended = now
    },
    stop: () => stop.abort(),
    /** Lets time pass in steps, so that each look sees the clock that it is made at. */
    async pass(ms: number) {
      for (let left = ms; left > 0; left -= 500) {
        clock.advance(500)
        passed(clock.now() - start)
        await settled()
      }
    },
  }
}

/** Files in memory answer at once: a turn of the loop is enough for any look. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('input and output go on when the limit is over, and the snapshot has failed', async () => {
  const each = given({ marker: held })
  const running = guardSuspensions(each.guard)
  await each.pass(suspensionLimitMs - 1_000)
  expect(each.host.commands).toEqual([])
  await each.pass(1_500)
  expect(each.host.commands).toEqual(both)
  expect(each.marker()).toMatchObject({
    state: 'failed',
    problem: expect.stringMatching(/20 seconds/),
  })
  expect(each.lifted).toHaveLength(1)
  await each.pass(30_000)
  expect(each.host.commands).toEqual(both)
  each.stop()
  await running
})

test('a satellite that starts lifts at once what is overdue', async () => {
  const each = given({ marker: { ...held, sinceMs: -suspensionLimitMs } })
  const running = guardSuspensions(each.guard)
  await vi.waitFor(() => expect(each.marker()).toMatchObject({ state: 'failed' }))
  expect(each.host.commands).toEqual(both)
  each.stop()
  await running
})

test('what a failed step left is lifted without waiting for the limit', async () => {
  const each = given({ marker: { ...held, state: 'lifting', problem: 'no space' } })
  const running = guardSuspensions(each.guard)
  await vi.waitFor(() =>
    expect(each.marker()).toMatchObject({ state: 'failed', problem: 'no space' }),
  )
  each.stop()
  await running
})

test('what cannot be lifted is tried again, and is not called failed before it is', async () => {
  let isStuck = true
  const each = given({
    marker: { ...held, state: 'lifting', minors: [1000] },
    answer: () => ({ exitCode: isStuck ? 10 : 0 }),
  })
  each.host.files.set('/dev/drbd1000', '')
  const running = guardSuspensions(each.guard)
  await each.pass(3_000)
  expect(each.host.commands.length).toBeGreaterThan(1)
  expect(each.marker()).toMatchObject({ state: 'lifting' })
  expect(each.lifted).toEqual([])
  isStuck = false
  await each.pass(2_000)
  expect(each.marker()).toMatchObject({ state: 'failed' })
  each.stop()
  await running
})

test('who hangs in suspend-io and gets through late is lifted once more', async () => {
  const each = given({ marker: { ...held, state: 'failed', minors: [1000] } })
  const running = guardSuspensions(each.guard)
  each.suspend(true)
  await each.pass(1_500)
  expect(each.host.commands).toContain('drbdsetup resume-io 1000')
  each.stop()
  await running
})

test('a failed one does not lift what the next snapshot holds', async () => {
  const each = given({ marker: { ...held, state: 'failed', minors: [1000] } })
  const next = { ...held, snapshot: 's2' }
  each.host.files.set(suspensionPath(next), suspensionText(next))
  const running = guardSuspensions(each.guard)
  each.suspend(true)
  await each.pass(5_000)
  expect(each.host.commands).toEqual([])
  each.stop()
  await running
})

test("long after, a suspension is an operator's own, and without a marker it always is", async () => {
  const each = given({ marker: { ...held, state: 'failed', sinceMs: -120_000 } })
  const running = guardSuspensions(each.guard)
  each.suspend(true)
  await each.pass(3_000)
  expect(each.host.commands).toEqual([])
  each.host.files.delete(path)
  await each.pass(3_000)
  expect(each.host.commands).toEqual([])
  each.stop()
  await running
})

test('a satellite that ends leaves nothing held', async () => {
  const each = given({ marker: held })
  await liftSuspensions(each.guard)
  expect(each.host.commands).toEqual(both)
  expect(each.marker()).toMatchObject({
    state: 'failed',
    problem: expect.stringMatching(/stopped/),
  })
})
