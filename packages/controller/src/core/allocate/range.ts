/**
 * Ranges of numbers as properties hold them: `7000-7999`, `1000 - 1999, 2005` (reference 1).
 * What cannot be read or lies outside the limits is dropped and named, never silently used.
 */

/** Both ends inclusive. */
export type Range = { readonly min: number; readonly max: number }

export type ParsedRanges = {
  /** Sorted, not overlapping, not touching. */
  readonly ranges: readonly Range[]
  /** Parts of the text that are no range within the limits. */
  readonly dropped: readonly string[]
}

const part = /^(\d+)(?:\s*-\s*(\d+))?$/

/** Comma separated ranges and single numbers; spaces around `,` and `-` do not matter. */
export function parseRanges(text: string, limits: Range): ParsedRanges {
  const ranges: Range[] = []
  const dropped: string[] = []
  for (const piece of text.split(',')) {
    const trimmed = piece.trim()
    if (trimmed === '') continue
    const match = part.exec(trimmed)
    const min = Number(match?.[1])
    const max = Number(match?.[2] ?? match?.[1])
    if (min <= max && min >= limits.min && max <= limits.max) ranges.push({ min, max })
    else dropped.push(trimmed)
  }
  return { ranges: merge(ranges), dropped }
}

/** The same numbers for a person to read: `7000-7999, 9000`. */
export function formatRanges(ranges: readonly Range[]): string {
  return ranges.map(({ min, max }) => (min === max ? `${min}` : `${min}-${max}`)).join(', ')
}

export function isWithin(ranges: readonly Range[], number: number): boolean {
  for (const { min, max } of ranges) if (number >= min && number <= max) return true
  return false
}

function merge(ranges: readonly Range[]): Range[] {
  const merged: Range[] = []
  for (const range of ranges.toSorted((a, b) => a.min - b.min)) {
    const last = merged.at(-1)
    if (last && range.min <= last.max + 1) {
      merged[merged.length - 1] = { min: last.min, max: Math.max(last.max, range.max) }
    } else merged.push(range)
  }
  return merged
}
