/** Unix cron's five fields, judged and not run: minute, hour, day of month, month, day of week. */
import { z } from 'zod'

type Field = {
  readonly name: string
  readonly min: number
  readonly max: number
  readonly words?: readonly string[]
}

const months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ')
const days = 'SUN MON TUE WED THU FRI SAT'.split(' ')

const fields: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, words: months },
  { name: 'day of the week', min: 0, max: 7, words: days },
]

/** What is wrong with it; undefined: nothing. */
export function cronProblem(text: string): string | undefined {
  const parts = text.trim().split(/\s+/)
  if (parts.length !== fields.length) {
    return `a cron expression has five fields, as in "0 2 * * *", and ${JSON.stringify(text)} has not`
  }
  for (const [index, field] of fields.entries()) {
    const part = parts[index] ?? ''
    if (!part.split(',').every((item) => isItem(item, field))) {
      return `${JSON.stringify(part)} is no ${field.name}: ${field.min} to ${field.max}, ranges (1-5), lists (1,3) and steps (*/5)`
    }
  }
  return undefined
}

function isItem(item: string, field: Field): boolean {
  const [range = '', step, ...more] = item.split('/')
  if (more.length > 0 || (step !== undefined && !(/^\d+$/.test(step) && Number(step) > 0))) {
    return false
  }
  if (range === '*') return true
  const ends = range.split('-').map((end) => numberOf(end, field))
  const [first, last = first] = ends
  return ends.length <= 2 && first !== undefined && last !== undefined && first <= last
}

function numberOf(text: string, { min, max, words = [] }: Field): number | undefined {
  const word = words.indexOf(text.toUpperCase())
  const value = word >= 0 ? word + min : /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  return value >= min && value <= max ? value : undefined
}

export const Cron = z.string().superRefine((text, context) => {
  const message = text.length > 256 ? 'it has at most 256 characters' : cronProblem(text)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})
