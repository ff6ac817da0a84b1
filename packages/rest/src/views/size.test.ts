import { expect, test } from 'vitest'
import { spread } from './size.ts'

test.each([
  [[100, 100, 100], 2, 100],
  [[100, 50, 50], 2, 100],
  [[100, 10, 10], 2, 20],
  [[100, 10], 1, 110],
  [[100], 2, 0],
  [[], 1, 0],
  [[7, 7], 0, 0],
])('%j in %i replicas hold %i', (spaces, replicas, sum) => {
  expect(spread(spaces, replicas)).toBe(sum)
})
