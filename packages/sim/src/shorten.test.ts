import { expect, test } from 'vitest'
import { shorten } from './shorten.ts'

const steps = Array.from({ length: 60 }, (_, at) => at)

test('what remains is what it takes', async () => {
  const needs = async (fewer: readonly number[]) => fewer.includes(17) && fewer.includes(42)
  expect(await shorten(steps, needs, Number.POSITIVE_INFINITY)).toEqual([17, 42])
})

test('with few plays it ends early, and still breaks', async () => {
  let plays = 0
  const needs = async (fewer: readonly number[]) => {
    plays += 1
    return fewer.includes(17) && fewer.includes(42)
  }
  const found = await shorten(steps, needs, 5)
  expect(plays).toBe(5)
  expect(found).toEqual(expect.arrayContaining([17, 42]))
  expect(found.length).toBeLessThan(60)
})
