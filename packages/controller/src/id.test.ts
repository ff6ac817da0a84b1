import { EntryId } from '@varve/events'
import { expect, test } from 'vitest'
import { newId, random64 } from './id.ts'

test('ids are valid ULIDs and never the same, also across refills of the pool', () => {
  const ids = Array.from({ length: 1000 }, newId)
  expect(new Set(ids).size).toBe(ids.length)
  expect(EntryId.safeParse(ids[0]).success).toBe(true)
  expect(EntryId.safeParse(ids.at(-1)).success).toBe(true)
})

test('random numbers are 16 hex digits and never the same', () => {
  const numbers = Array.from({ length: 1000 }, random64)
  expect(new Set(numbers).size).toBe(numbers.length)
  for (const number of numbers) expect(number).toMatch(/^[0-9a-f]{16}$/)
})
