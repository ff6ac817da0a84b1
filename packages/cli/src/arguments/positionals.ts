/** Positional arguments of a verb: their form in help, and words → fields. */
import { UserError } from '../session.ts'
import { readProvider, readSize } from './values.ts'

type Positional = {
  readonly field: string
  readonly isOptional: boolean
  /** `list`: one field takes all words; `each`: one command for each word. */
  readonly many?: 'list' | 'each'
}

const shown: Readonly<Record<string, string>> = {
  sizeKib: 'size',
  sizesKib: 'sizes',
  definition: 'resource',
  snapshots: 'resource/snapshot',
}

export function readPositional(text: string): Positional {
  const [, field = text, mark = '', optional = ''] = /^(\w+)(\.\.\.|\*)?(\?)?$/.exec(text) ?? []
  return {
    field,
    isOptional: optional === '?',
    ...(mark === '' ? {} : { many: mark === '*' ? ('each' as const) : ('list' as const) }),
  }
}

/** `<node> [backing]`, for commander and for help. */
export function argumentForms(positionals: readonly string[]): string[] {
  return positionals.map(readPositional).map(({ field, isOptional, many }) => {
    const name = `${shown[field] ?? field}${many === undefined ? '' : '...'}`
    return isOptional ? `[${name}]` : `<${name}>`
  })
}

/** One set of fields for each command that is to be sent: several only with an `each` argument. */
export function readPositionals(
  positionals: readonly string[],
  words: readonly unknown[],
): Record<string, unknown>[] {
  let sets: Record<string, unknown>[] = [{}]
  for (const [i, text] of positionals.entries()) {
    const { field, many } = readPositional(text)
    const word = words[i]
    if (word === undefined || (Array.isArray(word) && word.length === 0)) continue
    const values = (Array.isArray(word) ? word : [word]).map((one) => readWord(field, String(one)))
    if (many === 'each') {
      sets = values.flatMap((value) => sets.map((set) => ({ ...set, [field]: value })))
    } else {
      for (const set of sets) set[field] = many === 'list' ? values : values[0]
    }
  }
  return sets
}

function readWord(field: string, word: string): unknown {
  if (field === 'sizeKib' || field === 'sizesKib') return readSize(word)
  if (field === 'provider') return readProvider(word)
  if (field === 'snapshots') {
    const [definition, snapshot, ...more] = word.split('/')
    if (snapshot !== undefined && more.length === 0) return { definition, snapshot }
    throw new UserError(`${JSON.stringify(word)} is no resource and snapshot, as in web/monday.`)
  }
  if (field !== 'number' && field !== 'sequence') return word
  const number = Number(word)
  if (word.trim() !== '' && Number.isInteger(number) && number >= 0) return number
  throw new UserError(
    `${JSON.stringify(word)} is not a ${field === 'number' ? 'volume number' : 'sequence'}.`,
  )
}
