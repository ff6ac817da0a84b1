/** What of an answer is not as the document has it. */
import { schemaOf } from './forms.ts'

type Schema = {
  readonly $ref?: string
  readonly type?: string
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly additionalProperties?: Schema
  readonly anyOf?: readonly Schema[]
}

/** Paths and what is wrong there; `components`: schemas by name. Fields that are not named are wrong. */
export function unlike(
  value: unknown,
  form: string,
  components: Readonly<Record<string, object>>,
): string[] {
  return below(value, schemaOf(form) as Schema, components, '')
}

function below(
  value: unknown,
  schema: Schema,
  components: Readonly<Record<string, object>>,
  at: string,
): string[] {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? ''
    return below(value, (components[name] ?? {}) as Schema, components, at)
  }
  if (schema.anyOf) {
    const each = schema.anyOf.map((one) => below(value, one, components, at))
    return each.find((one) => one.length === 0) ?? each[0] ?? []
  }
  const kind = Array.isArray(value) ? 'array' : typeof value
  const wanted = schema.type === 'integer' ? 'number' : schema.type
  if (wanted === undefined) return []
  if (wanted !== kind) return [`${at}: it is ${kind}, not ${wanted}`]
  if (Array.isArray(value)) {
    return value.flatMap((one) => below(one, schema.items ?? {}, components, `${at}[]`))
  }
  if (typeof value !== 'object' || value === null) return []
  const { properties, additionalProperties, required = [] } = schema
  const missing = required.filter((key) => !(key in value)).map((key) => `${at}.${key}: missing`)
  return [
    ...missing,
    ...Object.entries(value).flatMap(([key, one]) => {
      const own = properties?.[key] ?? additionalProperties
      return own ? below(one, own, components, `${at}.${key}`) : [`${at}.${key}: unknown`]
    }),
  ]
}
