import { expect, test } from 'vitest'
import { lastLines } from './recent-log.ts'

test('the last lines are kept, and not more of them than there is room for', () => {
  const lines = lastLines(100)
  for (let index = 0; index < 5_000; index += 1) lines.add(`line ${index}\n`)
  const kept = lines.all()
  expect(kept.at(-1)).toBe('line 4999\n')
  expect(kept.join('').length).toBeLessThanOrEqual(100)
  expect(kept.length).toBe(10)
})

test('a line that is longer than all of the room is not kept', () => {
  const lines = lastLines(10)
  lines.add('a\n')
  lines.add('x'.repeat(50))
  expect(lines.all()).toEqual([])
  lines.add('b\n')
  expect(lines.all()).toEqual(['b\n'])
})
