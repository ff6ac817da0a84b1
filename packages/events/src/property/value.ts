/** Kinds of property values: how each is described, checked and normalised. */

import {
  type CreationTool,
  describeCreationOptions,
  readCreationOptions,
} from './creation-options.ts'

export type ValueKind =
  | { readonly kind: 'text' }
  | { readonly kind: 'pattern'; readonly pattern: RegExp; readonly means: string }
  /** Further arguments of a tool, as a shell would split them. */
  | { readonly kind: 'options'; readonly tool: CreationTool }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  /** `true-false` and `yes-no` differ in what is stored; both accept either. */
  | { readonly kind: 'boolean'; readonly form: 'true-false' | 'yes-no' }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'number'; readonly min: number; readonly max: number }
  | {
      readonly kind: 'choice-or-integer'
      readonly choices: readonly string[]
      readonly min: number
      readonly max: number
    }
  /** `7000-7999`, or with `many` a comma list of ranges and single numbers, stored merged. */
  | {
      readonly kind: 'ranges'
      readonly min: number
      readonly max: number
      readonly many: boolean
    }

export const text: ValueKind = { kind: 'text' }
export const boolean: ValueKind = { kind: 'boolean', form: 'true-false' }
export const yesNo: ValueKind = { kind: 'boolean', form: 'yes-no' }
/** No range is documented; the range is what a double holds exactly. */
export const anyInteger: ValueKind = {
  kind: 'integer',
  min: Number.MIN_SAFE_INTEGER,
  max: Number.MAX_SAFE_INTEGER,
}
export const optionsOf = (tool: CreationTool): ValueKind => ({ kind: 'options', tool })
export const choice = (...choices: string[]): ValueKind => ({ kind: 'choice', choices })
export const integer = (min: number, max: number = Number.MAX_SAFE_INTEGER): ValueKind => ({
  kind: 'integer',
  min,
  max,
})
export const number = (min: number, max: number): ValueKind => ({ kind: 'number', min, max })
export const choiceOrInteger = (choices: string[], min: number, max: number): ValueKind => ({
  kind: 'choice-or-integer',
  choices,
  min,
  max,
})
export const range = (min: number, max: number): ValueKind => ({
  kind: 'ranges',
  min,
  max,
  many: false,
})
export const ranges = (min: number, max: number): ValueKind => ({
  kind: 'ranges',
  min,
  max,
  many: true,
})
export const pattern = (regex: RegExp, means: string): ValueKind => ({
  kind: 'pattern',
  pattern: regex,
  means,
})

/** What would be accepted, as the end of a sentence: `a whole number from 1 to 31`. */
export function describeKind(kind: ValueKind): string {
  switch (kind.kind) {
    case 'text':
      return 'any text'
    case 'pattern':
      return kind.means
    case 'options':
      return describeCreationOptions(kind.tool)
    case 'choice':
      return `one of ${kind.choices.join(', ')}`
    case 'boolean':
      return kind.form === 'yes-no' ? 'yes or no' : 'true or false'
    case 'integer':
      return describeInteger(kind.min, kind.max)
    case 'number':
      return `a number from ${kind.min} to ${kind.max}`
    case 'choice-or-integer':
      return `one of ${kind.choices.join(', ')} or ${describeInteger(kind.min, kind.max)}`
    case 'ranges':
      return kind.many
        ? `ranges such as ${kind.min}-${kind.max}, parted by commas, within ${kind.min}-${kind.max}`
        : `a range within ${kind.min}-${kind.max}, its ends parted by -`
  }
}

/** The value in the form in which it is stored, or undefined when the kind does not allow it. */
export function normaliseValue(kind: ValueKind, value: string): string | undefined {
  switch (kind.kind) {
    case 'text':
      return value
    case 'pattern':
      return kind.pattern.test(value) ? value : undefined
    case 'options':
      return readCreationOptions(kind.tool, value).ok ? value : undefined
    case 'choice':
      return choose(kind.choices, value)
    case 'boolean':
      return normaliseBoolean(kind.form, value)
    case 'integer':
      return normaliseInteger(kind.min, kind.max, value)
    case 'number':
      return normaliseNumber(kind.min, kind.max, value)
    case 'choice-or-integer':
      return choose(kind.choices, value) ?? normaliseInteger(kind.min, kind.max, value)
    case 'ranges':
      return normaliseRanges(kind, value)
  }
}

function describeInteger(min: number, max: number): string {
  if (max < Number.MAX_SAFE_INTEGER) return `a whole number from ${min} to ${max}`
  if (min > Number.MIN_SAFE_INTEGER) return `a whole number of at least ${min}`
  return 'a whole number'
}

/** The exact spelling first: DRBD's own words are case sensitive, people are not. */
function choose(choices: readonly string[], value: string): string | undefined {
  if (choices.includes(value)) return value
  return choices.find((one) => one.toLowerCase() === value.trim().toLowerCase())
}

function normaliseBoolean(form: 'true-false' | 'yes-no', value: string): string | undefined {
  const word = value.trim().toLowerCase()
  if (word !== 'true' && word !== 'yes' && word !== 'false' && word !== 'no') return undefined
  const isYes = word === 'true' || word === 'yes'
  if (form === 'yes-no') return isYes ? 'yes' : 'no'
  return isYes ? 'true' : 'false'
}

/** Plain decimal digits only: unit suffixes are the client's business (properties.md, section 0). */
function normaliseInteger(min: number, max: number, value: string): string | undefined {
  if (!/^\s*[+-]?\d{1,17}\s*$/.test(value)) return undefined
  const parsed = Number(value)
  if (!Number.isSafeInteger(parsed) || parsed < min || parsed > max) return undefined
  return String(parsed === 0 ? 0 : parsed)
}

function normaliseNumber(min: number, max: number, value: string): string | undefined {
  if (!/^\s*\d{1,15}(\.\d{1,15})?\s*$/.test(value)) return undefined
  const parsed = Number(value)
  return parsed >= min && parsed <= max ? value.trim() : undefined
}

function normaliseRanges(
  kind: { readonly min: number; readonly max: number; readonly many: boolean },
  value: string,
): string | undefined {
  const parts = value.split(',').map((part) => readRange(part, kind.min, kind.max))
  if (!kind.many && parts.length > 1) return undefined
  const known = parts.filter((part) => part !== undefined)
  if (known.length < parts.length) return undefined
  if (!kind.many && !value.includes('-')) return undefined
  const merged: [number, number][] = []
  for (const [from, to] of known.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = merged.at(-1)
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
    .map(([from, to]) => (from === to && kind.many ? String(from) : `${from}-${to}`))
    .join(',')
}

function readRange(part: string, min: number, max: number): [number, number] | undefined {
  const match = /^\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?$/.exec(part)
  if (!match) return undefined
  const from = Number(match[1])
  const to = Number(match[2] ?? match[1])
  return from >= min && to <= max && from <= to ? [from, to] : undefined
}
