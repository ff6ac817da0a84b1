import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkProperty, normaliseKey } from './check.ts'
import { propertyRows } from './rows.ts'
import type { ValueKind } from './value.ts'

/** Texts that have a chance of being accepted, beside any other text. */
function candidates(kind: ValueKind): fc.Arbitrary<string> {
  const numbers = fc.oneof(fc.integer(), fc.integer({ min: 0, max: 9999 })).map(String)
  const words = fc.constantFrom('true', 'No', ' YES ', '5%', '100%', '.internal', '64k', '10GiB')
  const range = fc.tuple(fc.nat(70000), fc.nat(70000)).map(([a, b]) => `${a}-${b}`)
  const lists = fc.array(fc.oneof(range, fc.nat(9).map(String)), { minLength: 1, maxLength: 5 })
  const shapes = [fc.string(), numbers, words, fc.float({ noNaN: true }).map(String)]
  const joined = lists.map((parts) => parts.join(','))
  if (!('choices' in kind)) return fc.oneof(...shapes, joined)
  const cased = fc.constantFrom(...kind.choices).map((word) => word.toUpperCase())
  return fc.oneof(...shapes, joined, cased)
}

test('what was accepted once is accepted again and stays as it is', () => {
  const cases = fc
    .constantFrom(...propertyRows.filter((row) => row.writer === 'user'))
    .chain((row) => fc.tuple(fc.constant(row), candidates(row.value)))
  fc.assert(
    fc.property(cases, ([row, value]) => {
      const level = row.levels[0] ?? 'controller'
      const key = row.key.endsWith('/') ? `${row.key}x` : row.key
      const once = checkProperty(level, key, value)
      if (!once.ok) return
      expect(checkProperty(level, once.key, once.value)).toEqual(once)
    }),
    { numRuns: 3000 },
  )
})

test('normalising a key twice changes nothing more', () => {
  const parts = fc.array(fc.constantFrom('/', '//', 'a', 'Aux', ' '), { maxLength: 12 })
  fc.assert(
    fc.property(parts, (words) => {
      const once = normaliseKey(words.join(''))
      expect(normaliseKey(once)).toBe(once)
    }),
  )
})
