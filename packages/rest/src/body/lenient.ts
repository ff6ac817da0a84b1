/**
 * Scalars as LINSTOR's clients send them: numbers as text, text as numbers, booleans in Python's
 * spelling. What is answered always has its proper type.
 */
import { z } from 'zod'

/** `101` and `"101"` are the same property value. */
export const text = z.union([z.string(), z.number(), z.boolean()]).transform(String)

const digits = z
  .string()
  .regex(/^\s*-?\d+\s*$/, 'a whole number is expected')
  .transform(Number)

/** Said of the number alone: a schema would call what is piped on a number of any kind. */
const number = z.number().meta({ type: 'integer' })

export const int = z.union([number, digits]).pipe(z.int())

const word = z
  .string()
  .regex(/^(true|false)$/i, 'true or false is expected')
  .transform((value) => value.toLowerCase() === 'true')

export const flag = z.union([z.boolean(), word])

export const props = z.record(z.string(), text)

/** The three fields of every change of properties. */
export const propertyChanges = {
  override_props: props.optional(),
  delete_props: z.array(text).optional(),
  delete_namespaces: z.array(text).optional(),
}

/** One word of several, whatever its case; `known` in the spelling that the core uses. */
export function oneOf<const T extends string>(known: readonly T[]) {
  const byKey = new Map<string, T>(known.map((value) => [value.toLowerCase(), value]))
  return z.string().transform((value, context) => {
    const found = byKey.get(value.toLowerCase())
    if (found !== undefined) return found
    context.addIssue({ code: 'custom', message: `${value} is none of ${known.join(', ')}` })
    return z.NEVER
  })
}

/** A field of answers that clients send back; of no account in a request. */
export const ignored = z.unknown().optional()
