import { expect, test } from 'vitest'
import { type Attempt, askUntilAnswered } from './retry.ts'

const never = new AbortController().signal

/** Gives these attempts one after another, the last one for ever. */
function attempts(...given: Attempt<string>[]) {
  let asked = 0
  const ask = async () => {
    asked += 1
    return given[Math.min(asked, given.length) - 1] as Attempt<string>
  }
  return { ask, asked: () => asked }
}

test('silence and absence are asked again until an answer comes', async () => {
  const { ask, asked } = attempts(
    { kind: 'nobody' },
    { kind: 'silent' },
    { kind: 'not-now', reply: 'not the leader' },
    { kind: 'answered', reply: 'yes' },
  )
  const told: string[] = []
  const options = { deadlineMs: 10_000, attemptMs: 10, signal: never }
  const onRetry = (last: string) => told.push(last)
  expect(await askUntilAnswered(ask, { ...options, onRetry })).toEqual({ ok: true, reply: 'yes' })
  expect(asked()).toBe(4)
  expect(told).toEqual(['nobody', 'silent', 'not-now'])
})

test('the deadline ends it, with what was seen last', async () => {
  const { ask, asked } = attempts({ kind: 'nobody' })
  const options = { deadlineMs: 150, attemptMs: 10, signal: never }
  expect(await askUntilAnswered(ask, options)).toEqual({ ok: false, last: 'nobody', tries: 2 })
  expect(asked()).toBe(2)
})

test('a "not now" that lasts is the answer', async () => {
  const { ask } = attempts({ kind: 'not-now', reply: 'log unavailable' })
  const options = { deadlineMs: 50, attemptMs: 10, signal: never }
  expect(await askUntilAnswered(ask, options)).toEqual({ ok: true, reply: 'log unavailable' })
})

test('whoever interrupts does not wait for the pause to end', async () => {
  const abort = new AbortController()
  const ask = async (): Promise<Attempt<string>> => {
    abort.abort()
    return { kind: 'nobody' }
  }
  const options = { deadlineMs: 60_000, attemptMs: 10, signal: abort.signal }
  await expect(askUntilAnswered(ask, options)).rejects.toThrow(/abort/i)
})
