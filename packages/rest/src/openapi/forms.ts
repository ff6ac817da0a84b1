/**
 * Answers of LINSTOR in short form: name of the type → field → form. A form is `text`, `flag`, `int`,
 * `int64`, `number`, `time`, `any` or the name of a type; `[]` is a list of it, `{}` a map to it, `|` one
 * of several. A field that ends with `!` is always there.
 */
import { inquiryForms } from './forms/inquiry.ts'
import { layersForms } from './forms/layers.ts'
import { objectsForms } from './forms/objects.ts'
import { shippingForms } from './forms/shipping.ts'

export type Forms = Readonly<Record<string, Readonly<Record<string, string>>>>

const forms: Forms = { ...objectsForms, ...layersForms, ...shippingForms, ...inquiryForms }

const scalars: Readonly<Record<string, object>> = {
  text: { type: 'string' },
  time: { type: 'string', format: 'date-time' },
  flag: { type: 'boolean' },
  int: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  number: { type: 'number' },
  any: {},
}

/** `Node[]` → JSON Schema that refers to the components of the document. */
export function schemaOf(form: string): object {
  if (form.endsWith('[]')) return { type: 'array', items: schemaOf(form.slice(0, -2)) }
  if (form.endsWith('{}')) {
    return { type: 'object', additionalProperties: schemaOf(form.slice(0, -2)) }
  }
  if (form.includes('|')) return { anyOf: form.split('|').map(schemaOf) }
  return scalars[form] ?? { $ref: `#/components/schemas/${form}` }
}

/** Components of the document, by the name of the type. */
export const answerSchemas: Readonly<Record<string, object>> = Object.fromEntries(
  Object.entries(forms).map(([name, fields]) => [name, objectOf(fields)]),
)

function objectOf(fields: Readonly<Record<string, string>>): object {
  const named = Object.entries(fields).map(([key, form]) => [key.replace('!', ''), form] as const)
  const required = Object.keys(fields).flatMap((key) => (key.endsWith('!') ? key.slice(0, -1) : []))
  return {
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    properties: Object.fromEntries(named.map(([key, form]) => [key, schemaOf(form)])),
  }
}
