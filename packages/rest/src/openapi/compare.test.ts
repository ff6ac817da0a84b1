/** Our OpenAPI document against LINSTOR's: every path, method, field and type that theirs has. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { endpointOf } from '../coverage.ts'
import { routes } from '../routes/index.ts'
import { openApi } from './document.ts'

const reference = new URL(
  '../../../../../shared/data/linstor-rest-v1.openapi.yaml',
  import.meta.url,
)
const methods = ['get', 'put', 'post', 'delete', 'patch', 'options'] as const

/** As much of a document as is compared. */
type Schema = {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly additionalProperties?: Schema | boolean
  readonly allOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly anyOf?: readonly Schema[]
}
type Media = { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }
type Operation = {
  readonly requestBody?: Media
  readonly responses?: Readonly<Record<string, Media & { readonly $ref?: string }>>
}
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly responses: Readonly<Record<string, Media>>
  }
}

/** Where clients read another thing than the document says. */
const otherwise = new Set([
  // golinstor and Python's library read one object, which is what LINSTOR answers.
  'GET /v1/remotes answer',
  'GET /v1/encryption/passphrase answer',
  'GET /v1/resource-definitions/{resource}/resource-connections/{node_a}/{node_b} answer',
])

const jsonOf = (media: Media | undefined): Schema | undefined =>
  media?.content?.['application/json']?.schema

function resolve(document: Document, schema: Schema): Schema {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? ''
    return resolve(document, document.components.schemas[name] ?? {})
  }
  if (!schema.allOf) return schema
  const parts = schema.allOf.map((part) => resolve(document, part))
  return { type: 'object', properties: Object.assign({}, ...parts.map((part) => part.properties)) }
}

function kindOf({ type, properties, additionalProperties }: Schema): string {
  if (typeof type === 'string') return type
  return properties || additionalProperties ? 'object' : 'any'
}

/** What theirs has and ours has not; `seen` ends types that have themselves as parts. */
function lacking(
  theirs: readonly [Document, Schema],
  ours: readonly [Document, Schema],
  where: string,
  seen: ReadonlySet<string> = new Set(),
): string[] {
  const name = theirs[1].$ref
  if (name !== undefined && seen.has(name)) return []
  const inside = name === undefined ? seen : new Set([...seen, name])
  const wanted = resolve(...theirs)
  const given = resolve(...ours)
  const choices = given.anyOf ?? given.oneOf
  if (choices) {
    const each = choices.map((one) => lacking(theirs, [ours[0], one], where, seen))
    return each.find((one) => one.length === 0) ?? each[0] ?? []
  }
  const [kind, own] = [kindOf(wanted), kindOf(given)]
  if (kind === 'any' || own === 'any' || wanted.oneOf) return []
  if (kind !== own) return [`${where}: it is ${kind}, ours ${own}`]
  const below = (one: Schema | undefined, other: Schema | undefined, at: string): string[] => {
    if (one === undefined) return []
    if (other === undefined) return [`${at}: ours has none`]
    return lacking([theirs[0], one], [ours[0], other], at, inside)
  }
  if (kind === 'array') return below(wanted.items, given.items, `${where}[]`)
  const { additionalProperties: map } = wanted
  const ownMap = typeof given.additionalProperties === 'object' ? given.additionalProperties : {}
  return [
    ...(typeof map === 'object' ? below(map, ownMap, `${where}{}`) : []),
    ...Object.entries(wanted.properties ?? {}).flatMap(([key, one]) =>
      below(one, given.properties?.[key] ?? (given.properties ? undefined : {}), `${where}.${key}`),
    ),
  ]
}

test.skipIf(!existsSync(reference))(
  'every field of every body and answer is there, with its type [needs shared-reference]',
  () => {
    // Its form is what is looked at below.
    const theirs = parse(readFileSync(reference, 'utf8')) as Document
    const ours = openApi(routes, '0.0.0') as unknown as Document
    const byEndpoint = new Map(routes.map((route) => [endpointOf(route), route]))
    let compared = 0
    const problems = Object.entries(theirs.paths).flatMap(([path, item]) =>
      methods.flatMap((method) => {
        const operation = item[method]
        if (!operation) return []
        const where = `${method.toUpperCase()} ${path}`
        const route = byEndpoint.get(endpointOf({ method: where.split(' ')[0] as 'GET', path }))
        if (!route) return [`${where}: ours has none`]
        const own = ours.paths[route.path.replace('...', '')]?.[method]
        const parts = [
          [`${where} body`, jsonOf(operation.requestBody), jsonOf(own?.requestBody)],
          [`${where} answer`, answerIn(theirs, operation), own && answerIn(ours, own)],
        ] as const
        return parts.flatMap(([what, one, other]) => {
          // What is always refused is refused whatever its body says.
          if (!one || otherwise.has(what) || (route.refused && what.endsWith('body'))) return []
          compared += 1
          return other ? lacking([theirs, one], [ours, other], what) : [`${what}: ours has none`]
        })
      }),
    )
    expect(problems).toEqual([])
    expect(compared).toBeGreaterThan(200)
  },
)

function answerIn(document: Document, { responses = {} }: Operation): Schema | undefined {
  const response = responses['200'] ?? responses['201']
  const name = response?.$ref?.split('/').at(-1)
  return jsonOf(name === undefined ? response : document.components.responses[name])
}
