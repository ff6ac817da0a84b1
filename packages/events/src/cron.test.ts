import { expect, test } from 'vitest'
import { cronProblem } from './cron.ts'

test.each(['0 2 * * *', '*/5 0-12/2 1,15 JAN-mar SUN', ' 59 23 31 12 7 '])('%s', (text) => {
  expect(cronProblem(text)).toBeUndefined()
})

test.each([
  ['every night', /five fields/],
  ['60 * * * *', /"60" is no minute: 0 to 59/],
  ['0 5-2 * * *', /"5-2" is no hour/],
  ['0 0 0 * *', /day of the month/],
  ['0 0 1 FOO *', /"FOO" is no month/],
  ['0 0 1 1 1/0', /day of the week/],
  ['1-2-3 0 1 1 1', /minute/],
  [', * * * *', /minute/],
])('%s is refused with the field at fault', (text, problem) => {
  expect(cronProblem(text)).toMatch(problem)
})
