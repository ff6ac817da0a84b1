import { expect, it } from 'vitest'
import { readMoment } from './moment.ts'

const now = Date.UTC(2026, 10, 22, 12)

it.each([
  ['1234', { sequence: 1234 }],
  ['90s', { timeMs: now - 90_000 }],
  ['30m ago', { timeMs: now - 1_800_000 }],
  ['2h ago', { timeMs: now - 7_200_000 }],
  ['3 d', { timeMs: now - 3 * 86_400_000 }],
  ['2026-11-22', { timeMs: Date.UTC(2026, 10, 22) }],
  ['2026-11-22 10:30', { timeMs: Date.UTC(2026, 10, 22, 10, 30) }],
  ['2026-11-22T10:30:05.25Z', { timeMs: Date.UTC(2026, 10, 22, 10, 30, 5, 250) }],
  ['2026-11-22 10:30+02:00', { timeMs: Date.UTC(2026, 10, 22, 8, 30) }],
])('reads %s', (text, moment) => {
  expect(readMoment(text, now)).toEqual(moment)
})

it.each(['', '0', '-3', '1.5', '2 fortnights', 'yesterday', '2026-13-01', '22.11.2026'])(
  'says what would be accepted instead of "%s"',
  (text) => {
    expect(() => readMoment(text, now)).toThrow(/sequence of the log .*, an age .* or a time/)
  },
)
