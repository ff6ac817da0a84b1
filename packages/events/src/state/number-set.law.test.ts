import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NumberSets } from './number-set.ts'
import { UndoLog } from './undo.ts'

const edit = fc.record({ number: fc.integer({ min: 0, max: 100 }), present: fc.boolean() })

const range = Array.from({ length: 200 }, (_, number) => number)

type Edit = { readonly number: number; readonly present: boolean }

function apply(sets: NumberSets, edits: readonly Edit[]): void {
  for (const { number, present } of edits) {
    if (present) sets.add('minors', number)
    else sets.delete('minors', number)
  }
}

/** What a plain set of the same numbers holds. */
function held(edits: readonly Edit[]): ReadonlySet<number> {
  const plain = new Set<number>()
  for (const { number, present } of edits) {
    if (present) plain.add(number)
    else plain.delete(number)
  }
  return plain
}

test('the lowest free number is that of a plain set, and what was taken back is free again', () => {
  fc.assert(
    fc.property(
      fc.array(edit, { maxLength: 120 }),
      fc.array(edit, { maxLength: 60 }),
      fc.integer({ min: 0, max: 60 }),
      fc.boolean(),
      (first, second, min, isKept) => {
        const undo = new UndoLog()
        const sets = new NumberSets(undo)
        apply(sets, first)
        const mark = undo.begin()
        apply(sets, second)
        expectLowest(sets, held([...first, ...second]), min)
        undo.end(mark, isKept)
        expectLowest(sets, held(isKept ? [...first, ...second] : first), min)
        expect(sets.lowestFree('other', min, 199)).toBe(min)
      },
    ),
  )
})

function expectLowest(sets: NumberSets, plain: ReadonlySet<number>, min: number): void {
  const free = range.filter((number) => number >= min && !plain.has(number))
  expect(sets.lowestFree('minors', min, 199)).toBe(free[0])
  const odd = free.find((number) => number % 2 === 1)
  expect(sets.lowestFree('minors', min, 199, (number) => number % 2 === 0)).toBe(odd)
}
