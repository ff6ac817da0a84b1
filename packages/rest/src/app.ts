/** The table of routes as an HTTP application: reads requests, runs handlers, prints answers. */
import { isRefusal, mayReadLog, refusalText } from '@varve/events'
import { Hono, type Context as HonoContext } from 'hono'
import { type Entry, printEntry, type Status, statusOf } from './answer/entry.ts'
import { problemOf } from './answer/invalid.ts'
import { type Admission, admit } from './auth/gate.ts'
import type { FileTokens } from './auth/token-file.ts'
import { readBody } from './body/read.ts'
import { Call } from './call.ts'
import { momentOf } from './moment.ts'
import type { Ports } from './ports.ts'
import { Query } from './query.ts'
import { ReportBook } from './report/book.ts'
import { noteFault } from './report/look.ts'
import { asResponse, bindingsOf, jsonType, respond, type Send, sender } from './respond.ts'
import type { Route } from './route.ts'
import { Tally } from './tally.ts'

export type AppOptions = {
  readonly ports: Ports
  readonly routes: readonly Route[]
  /** Longest wait for satellites, ms. */
  readonly waitMs: number
  /** Taken besides those that the log knows. */
  readonly tokens?: FileTokens | undefined
  /** True: what is sent here cannot be read on the way. */
  readonly isPrivate?: boolean
  /** What failed so far. */
  readonly reports?: ReportBook | undefined
  /** Counts what is reported, so that unchanged answers can be told from others. */
  readonly version?: (() => string) | undefined
}

type Options = AppOptions & { readonly reports: ReportBook; readonly tally: Tally }

export function createApp(given: AppOptions): Hono {
  const reports = given.reports ?? new ReportBook()
  const options = { ...given, reports, tally: new Tally() }
  // Clients put slashes at the end of some paths.
  const app = new Hono({ strict: false })
  app.use(async (c, next) => {
    const origin = c.req.header('origin')
    if (origin === undefined || isSameHost(origin, c.req.header('host'))) return next()
    // Requests count whatever their Content-Type, so a browser would send those of any web page.
    const message = `Requests of web pages from ${origin} are not taken.`
    return answer(options, [{ code: 'FAIL_ACC_DENIED_COMMAND', message }], 403)
  })
  app.use(async (c, next) => {
    if (isOpen(c.req.path)) return next()
    const admission = admissionOf(options, c)
    if (admission.is !== 'denied') return next()
    const denied = answer(options, [admission.entry], admission.status)
    if (admission.status === 401) {
      denied.headers.set('www-authenticate', 'Bearer realm="linstor-controller"')
      denied.headers.append('www-authenticate', 'Basic realm="Linstor"')
    }
    return denied
  })
  for (const route of bySpecificity(options.routes)) {
    app.on(route.method, honoPath(route.path), (c) => timed(options, route, c))
  }
  app.notFound((c) => {
    const message = `There is no ${c.req.method} ${c.req.path}.`
    return answer(options, [{ code: 'UNKNOWN_API_CALL', message }], 404)
  })
  app.onError((error, c) => {
    const { method, path } = c.req
    options.ports.log.error({ error: String(error), stack: error.stack, method, path }, 'a request')
    const at = options.ports.world().now
    const report = noteFault(reports, error, { operation: `${method} ${path}`, at })
    const message = 'A fault of the program: it is in the log of the process. Please report it.'
    const entry = {
      code: 'FAIL_IMPL_ERROR',
      message,
      cause: error.message,
      reports: [report],
    } as const
    return answer(options, [entry], 500)
  })
  return app
}

async function timed(options: Options, route: Route, c: HonoContext): Promise<Response> {
  const from = performance.now()
  try {
    return await serve(options, route, c)
  } finally {
    // What goes on until the client goes says nothing of us.
    const seconds = (performance.now() - from) / 1000
    if (!route.live) options.tally.note(`${route.method} ${route.path}`, seconds)
  }
}

async function serve(options: Options, route: Route, c: HonoContext): Promise<Response> {
  const { ports } = options
  const query = new Query(new URL(c.req.url).searchParams)
  const at = route.method === 'GET' ? query.text('at') : undefined
  // As of now, whatever moment is asked about.
  const asked = { query, admission: admissionOf(options, c) }
  if (at === undefined) return handle(options, route, c, { ...asked, send: sender(c) })
  if (route.live) {
    const message = `${route.path} goes on until the client goes: it has no past. Leave at out.`
    return answer(options, [{ code: 'FAIL_INVLD_TIME_PARAM', message }], 400)
  }
  const moment = momentOf(at)
  if (moment === undefined) {
    const message = `${at} is neither a sequence of the log nor a time like 2026-01-31T12:00:00Z.`
    return answer(options, [{ code: 'FAIL_INVLD_TIME_PARAM', message }], 400)
  }
  const told = await ports.past(moment, await ports.barrier(), async (world) => {
    // What is not told now is gone: the world of then is taken apart after this.
    const then = { ...options, ports: { ...ports, world: () => world } }
    const response = await handle({ ...then, version: undefined }, route, c, {
      ...asked,
      send: asResponse,
    })
    return new Response(await response.arrayBuffer(), response)
  })
  if (!isRefusal(told)) return told
  const message = refusalText(told)
  return answer(options, [{ code: 'FAIL_INVLD_TIME_PARAM', message }], 400)
}

type HandleWith = {
  readonly query: Query
  readonly admission: Admission
  readonly send: Send
}

async function handle(
  options: Options,
  route: Route,
  c: HonoContext,
  { query, admission, send }: HandleWith,
): Promise<Response> {
  const { ports, waitMs } = options
  const tag = route.cached && options.version ? `"${options.version()}"` : undefined
  if (tag !== undefined && c.req.header('if-none-match') === tag) {
    return new Response(null, { status: 304, headers: { etag: tag } })
  }
  if (route.reads === 'log' && admission.is === 'known' && !mayReadLog(admission.identity.role)) {
    const message = `A ${admission.identity.role} may not read the log itself.`
    return answer(options, [{ code: 'FAIL_ACC_DENIED_COMMAND', message }], 403)
  }
  const body = await bodyOf(route, c)
  if (!body.ok) {
    return answer(options, [{ code: 'API_CALL_PARSE_ERROR', message: body.problem }], body.status)
  }
  const asked = {
    ports,
    context: route.on,
    reason: reasonOf(c),
    identity: admission.is === 'known' ? admission.identity : undefined,
    isPrivate: options.isPrivate ?? false,
    reports: options.reports,
    tally: options.tally,
    query,
    headers: c.req.raw.headers,
    signal: c.req.raw.signal,
    waitMs,
  }
  // Parameters are those of the row's path, and the body is what its schema has made of it.
  const call = new Call<never, never>(asked, c.req.param() as never, body.value as never)
  const reply = await route.run(call)
  // What was read may not be stored yet; it is not told before it is.
  await ports.barrier()
  if (reply === undefined) {
    return answer(options, call.entries, statusOf(call.entries, route.success ?? 200), route, send)
  }
  const zips = c.req.header('accept-encoding')?.includes('gzip')
  return respond(options.ports, reply, { tag, zips, send })
}

function answer(
  { ports }: AppOptions,
  entries: readonly Entry[],
  status: Status,
  { on }: Pick<Route, 'on'> = { on: ['none', 'none'] },
  send: Send = asResponse,
): Response {
  const { now } = ports.world()
  const body = JSON.stringify(entries.map((entry) => printEntry(entry, on, now)))
  return send(body, status, { 'content-type': jsonType })
}

type Body =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly status: 400 | 413; readonly problem: string }

async function bodyOf(route: Route, c: HonoContext): Promise<Body> {
  if (!route.body) return { ok: true, value: undefined }
  const found = await readBody(c.req.raw)
  if (!found.ok) return found
  const parsed = route.body.safeParse(found.value ?? {})
  if (parsed.success) return { ok: true, value: parsed.data }
  return { ok: false, status: 400, problem: problemOf(parsed.error) }
}

function admissionOf({ tokens, ports }: AppOptions, c: HonoContext): Admission {
  const address = bindingsOf(c).incoming?.socket.remoteAddress
  return admit({ authorization: c.req.header('authorization'), address }, tokens, ports.world())
}

/** Who asked for it, as far as the client says. */
function reasonOf(c: HonoContext): string {
  const agent = c.req.header('user-agent')
  return `REST: ${c.req.method} ${c.req.path}${agent === undefined ? '' : ` (${agent})`}`.slice(
    0,
    512,
  )
}

/** Probes have no token. */
const isOpen = (path: string) => path === '/' || path === '/health'

function isSameHost(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host
}

/** `/v1/nodes/ebs` before `/v1/nodes/{node}`: the first that matches serves. */
function bySpecificity(routes: readonly Route[]): Route[] {
  // What takes all of the rest of a path comes last.
  const rank = (path: string) => path.replaceAll(/\{\w+\.\.\.\}/g, '~~').replaceAll(/\{\w+\}/g, '~')
  return routes.toSorted((a, b) => (rank(a.path) < rank(b.path) ? -1 : 1))
}

/** `/v1/nodes/{node}` → `/v1/nodes/:node`. */
function honoPath(path: string): string {
  return path.replaceAll(/\{(\w+)\.\.\.\}/g, ':$1{.+}').replaceAll(/\{(\w+)\}/g, ':$1')
}
