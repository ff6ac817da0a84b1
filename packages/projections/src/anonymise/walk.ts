/**
 * A value and its schema side by side: what the schema fixes (kinds, numbers, ids) stays, all text
 * of people and machines is given to `wording`. What no schema knows counts as such text, so that a
 * new field is hidden until somebody says that it may be shown.
 */
import { propertyRowOf, Reference, Secret } from '@varve/events'
import { z } from 'zod'
import type { Wording } from './pseudonyms.ts'

/** What stands in place of keys and ciphertext. */
const removed = 'removed'

/** Names of fields whose text tells only of the program. */
const shown: ReadonlySet<string> = new Set([
  'type',
  'via',
  'rule',
  'strategies',
  'version',
  'drbdKernel',
  'drbdUtils',
  'day0',
  'generation',
])
/** Names of fields with ciphertext, or what was made of a secret. */
const sealed: ReadonlySet<string> = new Set([
  'master',
  'secret',
  'secrets',
  'fingerprint',
  'publicKey',
  'tokenHash',
  'key',
])
/** Names of fields with properties: key → value. */
const properties: ReadonlySet<string> = new Set(['props', 'setProps', 'definitionProps'])
const keyLists: ReadonlySet<string> = new Set(['deleteProps', 'deleteNamespaces'])

/** `field`: the name of the field that the value stands in, or that its list does. */
export function reword(schema: unknown, value: unknown, wording: Wording, field: string): unknown {
  if (value === undefined || value === null || typeof value === 'number') return value
  if (typeof value === 'boolean') return value
  if (schema === Secret || sealed.has(field))
    return typeof value === 'string' ? removed : blot(value)
  if (properties.has(field)) return rewordProperties(value, wording)
  const inner = unwrap(schema, value)
  if (typeof value === 'string') return rewordText(inner, value, wording, field)
  if (Array.isArray(value)) {
    return value.map((item, index) => reword(elementOf(inner, index), item, wording, field))
  }
  const shape = inner instanceof z.ZodObject ? inner.shape : {}
  const isKnown = inner instanceof z.ZodObject
  const element = inner instanceof z.ZodRecord ? inner.valueType : undefined
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      isKnown ? key : rewordKey(inner, key, wording),
      reword(isKnown ? shape[key] : element, one, wording, isKnown ? key : field),
    ]),
  )
}

/** One property: keys of the table stay, and so do values that are no text of somebody's own. */
export function rewordProperty(
  key: string,
  value: string,
  wording: Wording,
): readonly [string, string] {
  const row = propertyRowOf(key)
  const isFree = row === undefined || ['text', 'pattern', 'options'].includes(row.value.kind)
  return [rewordPropertyKey(key, wording), isFree ? wording.text(value) : value]
}

export function rewordPropertyKey(key: string, wording: Wording): string {
  const row = propertyRowOf(key)
  if (row === undefined) return wording.text(key)
  if (row.key === key) return key
  return `${row.key}${wording.text(key.slice(row.key.length))}`
}

function rewordProperties(value: unknown, wording: Wording): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => rewordProperty(key, String(one), wording)),
  )
}

function rewordText(schema: unknown, text: string, wording: Wording, field: string): string {
  if (schema instanceof z.ZodEnum || schema instanceof z.ZodLiteral || shown.has(field)) return text
  if (keyLists.has(field)) return rewordPropertyKey(text, wording)
  if (schema !== Reference) return wording.text(text)
  const [noun = '', ...names] = text.split('/')
  return names.length === 0 ? text : `${noun}/${wording.text(names.join('/'))}`
}

function rewordKey(schema: unknown, key: string, wording: Wording): string {
  const isFixed = schema instanceof z.ZodRecord && schema.keyType instanceof z.ZodEnum
  return isFixed ? key : wording.text(key)
}

/** An object with ciphertext keeps its form. */
function blot(value: unknown): unknown {
  if (typeof value === 'string') return removed
  if (Array.isArray(value)) return value.map(blot)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, blot(one)]))
}

/** What a value is by its schema, without what may or may not be around it. */
function unwrap(schema: unknown, value: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return unwrap(schema.unwrap(), value)
  }
  if (schema instanceof z.ZodDefault) return unwrap(schema.unwrap(), value)
  if (!(schema instanceof z.ZodUnion)) return schema
  // The alternatives of a union are schemas, which its type does not say.
  const options = schema.options as readonly z.ZodType[]
  return unwrap(
    options.find((option) => option.safeParse(value).success),
    value,
  )
}

function elementOf(schema: unknown, index: number): unknown {
  if (schema instanceof z.ZodArray) return schema.element
  return schema instanceof z.ZodTuple ? (schema.def.items[index] ?? schema.def.rest) : undefined
}
