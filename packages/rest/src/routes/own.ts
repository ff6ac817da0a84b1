/** What LINSTOR does not have: every question, plans, the log as it grows, this API's description. */
import { AsPlanned, type commands, isPublicCommand, refusalText } from '@varve/events'
import { answerQuery, entryDetail } from '@varve/projections'
import { z } from 'zod'
import { refusedEntry } from '../answer/refused.ts'
import type { Call } from '../call.ts'
import { momentOf } from '../moment.ts'
import { type OpenApi, openApi } from '../openapi/document.ts'
import { change, json, type Route, read } from '../route.ts'
import { changesOf } from '../wait/changes.ts'

/** Arguments of questions that are numbers; a query string has only text. */
const numbers: ReadonlySet<string> = new Set([
  ...['number', 'limit', 'offset', 'before', 'sequence', 'index'],
  ...['sizeKib', 'addKib'],
])
const flags: ReadonlySet<string> = new Set(['all', 'takesData'])

/** Arguments that are moments of the past, written as for `at`. */
const moments: ReadonlySet<string> = new Set(['from', 'to', 'since', 'until'])

/** So that a connection that nobody reads from any more is noticed. */
const keepAliveMs = 15_000

/** The table that the document describes is given later: this row is a part of it. */
export function ownRoutes(all: () => readonly Route[]): readonly Route[] {
  let document: OpenApi | undefined
  return [
    read('/v1/varve/openapi.json', 'This API as OpenAPI 3.1', ({ world }) => {
      document ??= openApi(all(), world.controller?.version ?? '')
      return json(document)
    }),
    read('/v1/varve/query/{noun}', 'Any question of the command line: health, history …', ask),
    change(
      {
        method: 'POST',
        path: '/v1/varve/plan/{command}',
        on: ['none', 'none'],
        summary: 'What a command would do; nothing is changed',
        body: z.record(z.string(), z.unknown()),
      },
      plan,
    ),
    change(
      {
        method: 'POST',
        path: '/v1/varve/apply/{command}',
        on: ['none', 'none'],
        summary: 'A command as it was planned; refused when anything of that has moved',
        body: z.strictObject({ args: z.record(z.string(), z.unknown()), asPlanned: AsPlanned }),
      },
      applyPlanned,
    ),
    read(
      '/v1/varve/feed',
      'Entries of the log as they are stored, as server-sent events',
      (call) => ({
        kind: 'events',
        events: feed(call),
      }),
      { live: true, reads: 'log' },
    ),
  ]
}

async function ask(call: Call<{ readonly noun: string }>) {
  const given = call.asked.query.all().filter(([name]) => name !== 'at')
  const args = given.map(([name, value]) => {
    // What is no moment is refused by the question's own schema.
    if (moments.has(name)) return [name, momentOf(value) ?? value]
    if (flags.has(name)) return [name, value === 'true']
    return [name, numbers.has(name) ? Number(value) : value]
  })
  const outcome = await answerQuery(call.world, call.params.noun, Object.fromEntries(args))
  if (outcome.ok) return json(outcome.data)
  const isMissing = outcome.refusal.refused === 'not-found'
  const code = isMissing ? 'FAIL_NOT_FOUND_RSC' : 'FAIL_INVLD_REQUEST'
  call.fail(code, refusalText(outcome.refusal))
  return undefined
}

async function plan(call: Call<{ readonly command: string }, Record<string, unknown>>) {
  const type = call.params.command
  if (!isPublicCommand(type)) {
    call.fail('FAIL_INVLD_REQUEST', `There is no command ${type}.`)
    return undefined
  }
  // Judged by the command's own schema before it is sent.
  const done = await call.plan(type, call.body as z.input<(typeof commands)[typeof type]>)
  return done && json(done)
}

async function applyPlanned(
  call: Call<
    { readonly command: string },
    { readonly args: Record<string, unknown>; readonly asPlanned: AsPlanned }
  >,
) {
  const type = call.params.command
  if (!isPublicCommand(type)) {
    call.fail('FAIL_INVLD_REQUEST', `There is no command ${type}.`)
    return undefined
  }
  const { args, asPlanned } = call.body
  // Judged by the command's own schema before it is sent.
  const input = args as z.input<(typeof commands)[typeof type]>
  const reply = await call.attempt(type, input, { asPlanned })
  if (reply.ok) return json(reply)
  call.say(reply.invalid ?? refusedEntry(reply.refusal))
  return undefined
}

/** From the end of the log on, or from what follows the block named by Last-Event-ID. */
async function* feed({ asked }: Call): AsyncGenerator<string> {
  const { ports, headers, signal } = asked
  using changes = changesOf(ports.onChange)
  const last = Number(headers.get('last-event-id') ?? Number.NaN)
  let told = Number.isSafeInteger(last) ? last : await ports.barrier()
  yield ': connected\n\n'
  while (!signal.aborted) {
    const stored = await ports.barrier()
    while (told < stored && !signal.aborted) {
      told += 1
      const entries = (await ports.world().entryAt(told)) ?? []
      const details = entries.map((entry, index) => entryDetail(entry, told, index, entries))
      yield `id: ${told}\nevent: block\ndata: ${JSON.stringify(details)}\n\n`
    }
    const isNew = (await changes.next(keepAliveMs, signal)) !== undefined
    if (!isNew) yield ': still here\n\n'
  }
}
