import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NumberSets } from './number-set.ts'

const edit = fc.record({ number: fc.integer({ min: 0, max: 100 }), present: fc.boolean() })

test('the lowest free number is that of a plain set, in a base, a fork and once committed', () => {
  fc.assert(
    fc.property(
      fc.array(edit, { maxLength: 120 }),
      fc.array(edit, { maxLength: 60 }),
      fc.integer({ min: 0, max: 60 }),
      (first, second, min) => {
        const plain = new Set<number>()
        const base = new NumberSets()
        for (const { number, present } of first) {
          if (present) plain.add(number)
          else plain.delete(number)
          if (present) base.add('minors', number)
          else base.delete('minors', number)
        }
        const forked = base.fork()
        for (const { number, present } of second) {
          if (present) plain.add(number)
          else plain.delete(number)
          if (present) forked.add('minors', number)
          else forked.delete('minors', number)
        }
        const free = Array.from({ length: 200 }, (_, i) => i).find((n) => n >= min && !plain.has(n))
        expect(forked.lowestFree('minors', min, 199)).toBe(free)
        expect(forked.lowestFree('other', min, 199)).toBe(min)
        forked.commit()
        expect(base.lowestFree('minors', min, 199)).toBe(free)
        const odd = Array.from({ length: 200 }, (_, i) => i).find(
          (n) => n >= min && n % 2 === 1 && !plain.has(n),
        )
        expect(base.lowestFree('minors', min, 199, (n) => n % 2 === 0)).toBe(odd)
      },
    ),
  )
})
