import { suspensionLimitMs } from '@varve/events'
import { expect, test } from 'vitest'
import { present } from './given.ts'
import { createHaste, hasteOf, isHasty } from './haste.ts'

const snapshot = { snapshot: 's1', owner: 'o', volumes: [] }
const underWay = (step: 'suspend' | 'take' | 'keep' | 'remove') =>
  present({ snapshots: [{ ...snapshot, step }] })

test('only a snapshot under way makes haste, and not for longer than it may be', () => {
  expect(hasteOf(underWay('suspend'), 0)).toBe(suspensionLimitMs)
  expect(hasteOf(underWay('take'), 0)).toBe(suspensionLimitMs)
  for (const document of [underWay('keep'), underWay('remove'), present()]) {
    expect(hasteOf(document, 0)).toBeUndefined()
  }
  const entry = { document: underWay('take'), hastyUntil: suspensionLimitMs }
  expect(isHasty(entry, suspensionLimitMs - 1)).toBe(true)
  expect(isHasty(entry, suspensionLimitMs)).toBe(false)
})

test('others have their turn after five seconds, and at once when nothing is in haste', () => {
  const haste = createHaste()
  const calm = { document: present() }
  const hasty = { document: underWay('take'), hastyUntil: 1_000_000 }
  expect(haste.of([calm, hasty], 0)).toEqual([hasty])
  expect(haste.of([calm, hasty], 4_999)).toEqual([hasty])
  expect(haste.dueAt()).toBe(5_000)
  expect(haste.of([calm, hasty], 5_000)).toBeUndefined()
  expect(haste.dueAt()).toBe(Number.POSITIVE_INFINITY)
  expect(haste.of([calm, hasty], 5_001)).toEqual([hasty])
  expect(haste.of([calm], 5_002)).toBeUndefined()
})
