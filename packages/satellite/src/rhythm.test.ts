import { suspensionLimitMs } from '@varve/events'
import { expect, test } from 'vitest'
import { nowhere } from './core/position.ts'
import type { Entry } from './entry.ts'
import { present } from './given.ts'
import { Rhythm } from './rhythm.ts'

const entry = (resource: string, more: Partial<Entry> = {}): Entry => ({
  document: present({ resource }),
  progress: { status: 'applied', applied: nowhere },
  isRunning: false,
  rounds: 0,
  ...more,
})

function given(...entries: Entry[]) {
  const rhythm = new Rhythm()
  const look = (startMs: number, endMs: number) => {
    const round = rhythm.begin(entries, startMs)
    rhythm.looked(round, startMs, endMs)
    return {
      names: round.entries.map(({ document }) => document.resource),
      isPart: round.isPart,
    }
  }
  return {
    rhythm,
    look,
    due: (nowMs: number, isBusy = false) => rhythm.dueMs(entries, nowMs, isBusy),
  }
}

test('the first look is at everything, and then at those that have a reason', () => {
  const [a, b, c] = [entry('a'), entry('b'), entry('c', { againAt: 500 })]
  const { rhythm, look, due } = given(a, b, c)
  expect(look(0, 10)).toEqual({ names: ['a', 'b', 'c'], isPart: false })
  rhythm.ask(b)
  expect(due(40)).toBe(0)
  expect(look(40, 50)).toEqual({ names: ['b'], isPart: true })
  expect(due(100)).toBe(400)
  expect(look(500, 510)).toEqual({ names: ['c'], isPart: true })
  rhythm.ask(a)
  rhythm.askAll()
  expect(look(600, 610)).toEqual({ names: ['a', 'b', 'c'], isPart: false })
})

test('a look that was asked for waits for as long as the last one took, a second at most', () => {
  const a = entry('a')
  const { rhythm, look, due } = given(a)
  look(0, 200)
  expect(due(200)).toBeUndefined()
  rhythm.ask(a)
  expect(due(200)).toBe(200)
  look(400, 9_400)
  rhythm.askAll()
  expect(due(9_400)).toBe(1_000)
})

test('with many at work the rest is three times as long, so that one look serves many', () => {
  const [a, b, c] = [entry('a'), entry('b'), entry('c')]
  const { rhythm, look, due } = given(a, b, c)
  look(0, 200)
  rhythm.ask(a)
  expect(due(200)).toBe(600)
  look(800, 1_000)
  rhythm.ask(b)
  expect(due(1_000)).toBe(200)
})

test('one that has ended waits for nobody when it was the last, and a little for others', () => {
  const a = entry('a')
  const { rhythm, look, due } = given(a)
  look(0, 50)
  rhythm.end(a)
  expect(due(50)).toBe(0)
  expect(due(50, true)).toBe(100)
  expect(look(50, 100)).toEqual({ names: ['a'], isPart: true })
})

test('whoever waited for one in haste has a turn with all the others', () => {
  const hasty = entry('hasty', { hastyUntil: suspensionLimitMs })
  const { rhythm, look } = given(entry('a'), hasty)
  look(0, 10)
  rhythm.askAll()
  expect(look(20, 30)).toEqual({ names: ['hasty'], isPart: true })
  delete hasty.hastyUntil
  expect(look(40, 50)).toEqual({ names: ['a', 'hasty'], isPart: false })
})

test('one whose time has come while another is in haste does not make the looks chase each other', () => {
  const hasty = entry('hasty', { hastyUntil: suspensionLimitMs })
  const failed = entry('failed', { againAt: 100 })
  const { look, due } = given(hasty, failed)
  expect(look(0, 10)).toEqual({ names: ['hasty'], isPart: true })
  expect(look(200, 210)).toEqual({ names: ['hasty'], isPart: true })
  // Not at once again, but when all have their turn.
  expect(due(210)).toBe(4_790)
  expect(look(5_000, 5_010)).toEqual({ names: ['hasty', 'failed'], isPart: false })
})
