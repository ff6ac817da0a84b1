import fc from 'fast-check'
import { expect, test } from 'vitest'
import { share } from './share.ts'

const leaf = fc.oneof(
  fc.integer({ max: 2, min: 0 }),
  fc.constantFrom('a', 'b', undefined, null, true),
)
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('x', 'y', 'z'), tie('value'), { noNullPrototype: true }),
    fc
      .array(fc.tuple(fc.constantFrom('x', 'y', 'z'), tie('value')), { maxLength: 3 })
      .map((pairs) => new Map(pairs)),
    fc.array(fc.integer({ max: 2, min: 0 }), { maxLength: 3 }).map((values) => new Set(values)),
  ),
}))

test('what is shared says the same as what was seen', () => {
  fc.assert(
    fc.property(value, value, (before, now) => {
      expect(share(before, now)).toStrictEqual(now)
    }),
  )
})

test('what is equal is the very same, and what differs is not', () => {
  fc.assert(
    fc.property(value, value, (before, other) => {
      expect(share(before, structuredClone(before))).toBe(before)
      const shared = share(before, structuredClone(other))
      expect(Object.is(shared, before)).toBe(isEqual(before, other))
    }),
  )
})

test('an equal part is the same object inside a whole that differs', () => {
  const before = {
    a: new Map([
      ['k', { n: 1 }],
      ['l', { n: 2 }],
    ]),
    b: [1],
  }
  const now = share(before, {
    a: new Map([
      ['k', { n: 1 }],
      ['l', { n: 3 }],
    ]),
    b: [1],
  })
  expect(now).not.toBe(before)
  expect(now.b).toBe(before.b)
  expect(now.a.get('k')).toBe(before.a.get('k'))
  expect(now.a.get('l')).toEqual({ n: 3 })
})

test('only what is new is asked for', () => {
  const asked: unknown[] = []
  const own = <V>(part: V) => {
    asked.push(part)
    return part
  }
  const before = { a: new Map([['k', { n: 1, m: 1 }]]), b: 'same' }
  share(
    before,
    {
      a: new Map([
        ['k', { n: 1, m: 2 }],
        ['l', { n: 3, m: 3 }],
      ]),
      b: 'same',
    },
    own,
  )
  expect(asked).toEqual([2, { n: 3, m: 3 }])
})

/** The same question asked of the test library. */
function isEqual(a: unknown, b: unknown): boolean {
  try {
    expect(a).toStrictEqual(b)
    return true
  } catch {
    return false
  }
}
