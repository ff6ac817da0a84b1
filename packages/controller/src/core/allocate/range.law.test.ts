import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatRanges, isWithin, parseRanges } from './range.ts'

const limits = { min: 1, max: 100 }
const number = fc.integer({ min: 0, max: 120 })
const piece = fc.oneof(
  number.map((n) => ({ text: `${n}`, min: n, max: n })),
  fc
    .tuple(number, number, fc.constantFrom('-', ' - ', '- ', ' -'))
    .map(([min, max, dash]) => ({ text: `${min}${dash}${max}`, min, max })),
)

test('the ranges hold exactly the numbers of the parts within the limits, and nothing else', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const good = pieces.filter(({ min, max }) => min <= max && min >= 1 && max <= 100)
      const { ranges, dropped } = parseRanges(pieces.map(({ text }) => text).join(' ,'), limits)
      expect(dropped.length).toBe(pieces.length - good.length)
      for (let n = 0; n <= 121; n += 1) {
        expect(isWithin(ranges, n)).toBe(good.some(({ min, max }) => n >= min && n <= max))
      }
    }),
  )
})

test('the normalised text is sorted, merged, and reads back as itself', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const { ranges } = parseRanges(pieces.map(({ text }) => text).join(','), limits)
      for (const [at, range] of ranges.entries()) {
        const next = ranges[at + 1]
        if (next) expect(range.max).toBeLessThan(next.min - 1)
      }
      expect(parseRanges(formatRanges(ranges), limits)).toEqual({ ranges, dropped: [] })
    }),
  )
})

test('words, reversed ranges and numbers beyond the limits are named as dropped', () => {
  expect(parseRanges('10 - 20, 7, many, 9-8, 99-101, 21', limits)).toEqual({
    ranges: [
      { min: 7, max: 7 },
      { min: 10, max: 21 },
    ],
    dropped: ['many', '9-8', '99-101'],
  })
})
