/** Our own OpenAPI 3.1 document, made of the table of routes and the schemas of its bodies. */
import { z } from 'zod'
import type { Route } from '../route.ts'
import { answers } from './answers.ts'
import { answerSchemas, schemaOf } from './forms.ts'

type Operation = {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly parameters: readonly object[]
  readonly requestBody?: object
  readonly responses: Readonly<Record<string, object>>
}

export type OpenApi = {
  readonly openapi: '3.1.0'
  readonly info: object
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: object
}

/** `version` is Varve's own. */
export function openApi(routes: readonly Route[], version: string): OpenApi {
  const paths: Record<string, Record<string, Operation>> = {}
  for (const route of routes) {
    const path = route.path.replace('...', '')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Varve: LINSTOR’s REST API v1', version },
    paths,
    components,
  }
}

function operationOf(route: Route): Operation {
  const { method, path, summary, refused, body, success = 200 } = route
  const names = [...path.matchAll(/\{(\w+)(?:\.\.\.)?\}/g)].flatMap(([, name]) => name ?? [])
  const description = refused ? 'Always refused.' : descriptionOf(route)
  return {
    operationId: `${method.toLowerCase()} ${path}`.replaceAll(/[^A-Za-z0-9]+/g, '-'),
    summary,
    ...(description === undefined ? {} : { description }),
    parameters: names.map((name) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...(body === undefined ? {} : { requestBody: bodyOf(body) }),
    responses: {
      [success]: answerOf(route),
      default: entries,
    },
  }
}

function descriptionOf({ missing, later }: Pick<Route, 'missing' | 'later'>): string | undefined {
  if (missing !== undefined) return `Refused: ${missing}.`
  return later && `Not there yet: ${later}.`
}

const byEndpoint = new Map(
  Object.entries(answers).map(([endpoint, form]) => {
    const [method = '', path = ''] = endpoint.split(' ')
    return [`${method} ${anonymous(path)}`, form]
  }),
)

/** LINSTOR's names of parameters differ from ours here and there. */
function anonymous(path: string): string {
  return path.replaceAll(/\{[^}]*\}/g, '{}')
}

function answerOf({ method, path, summary, body }: Route): object {
  const form = byEndpoint.get(`${method} ${anonymous(path)}`)
  if (form === undefined) {
    // What only reads, and has no form, is no JSON or a thing of our own.
    const isRead = body === undefined && path !== '/v1/sos-report'
    return isRead ? { description: summary } : entries
  }
  const content = { 'application/json': { schema: schemaOf(form) } }
  return { description: summary, content }
}

const entries = { $ref: '#/components/responses/Entries' }

function bodyOf(body: z.ZodType): object {
  const { $schema: _, ...schema } = z.toJSONSchema(body, { io: 'input', unrepresentable: 'any' })
  return { content: { 'application/json': { schema } } }
}

const text = { type: 'string' }

const components = {
  schemas: {
    ...answerSchemas,
    Entry: {
      type: 'object',
      description: 'LINSTOR’s ApiCallRc: what was done, or why not.',
      required: ['ret_code', 'message'],
      properties: {
        ret_code: { type: 'integer', format: 'int64' },
        message: text,
        cause: text,
        details: text,
        correction: text,
        error_report_ids: { type: 'array', items: text },
        obj_refs: { type: 'object', additionalProperties: text },
        created_at: { type: 'string', format: 'date-time' },
      },
    },
  },
  responses: {
    Entries: {
      description: 'Entries, the worst of which decides the status.',
      content: {
        'application/json': {
          schema: { type: 'array', items: { $ref: '#/components/schemas/Entry' } },
        },
      },
    },
  },
} as const
