/** Replies → HTTP: what is whole in one write, what may be long piece by piece. */
import { ServerResponse } from 'node:http'
import type { HttpBindings } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { Context as HonoContext } from 'hono'
import { chunks, lines, printRows, whole } from './json/stream.ts'
import type { Ports } from './ports.ts'
import type { Reply } from './route.ts'

export const jsonType = 'application/json; charset=utf-8'
/** Characters; below it the zipping takes longer than the sending. */
const worthZipping = 4 * 1024

type Manner = {
  readonly tag: string | undefined
  readonly zips: boolean | undefined
  readonly send: Send
}

export async function respond(ports: Ports, reply: Reply, manner: Manner): Promise<Response> {
  const { tag, send } = manner
  const headers = { 'content-type': jsonType, ...(tag === undefined ? {} : { etag: tag }) }
  switch (reply.kind) {
    case 'json':
      return send(JSON.stringify(reply.value), reply.status ?? 200, headers)
    case 'rows':
      return texts(ports, printRows(reply.rows), headers, manner)
    case 'lines':
      return texts(ports, reply.lines, { 'content-type': reply.type }, manner)
    case 'text':
      return send(reply.text, reply.status ?? 200, { 'content-type': reply.type })
    case 'download': {
      const disposition = `attachment; filename="${reply.name}"`
      return new Response(reply.bytes, {
        headers: { 'content-type': reply.type, 'content-disposition': disposition },
      })
    }
    case 'events':
      return new Response(lines(reply.events), {
        headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' },
      })
  }
}

async function texts(
  { barrier }: Ports,
  rows: Iterable<string>,
  headers: Readonly<Record<string, string>>,
  { zips, send }: Manner,
): Promise<Response> {
  const found = whole(rows)
  if ('texts' in found) return long(chunks(found.texts, barrier), headers, zips)
  if (zips && found.text.length > worthZipping) {
    return long(chunks([found.text], barrier), headers, zips)
  }
  await barrier()
  return send(found.text, 200, headers)
}

export type Send = (
  text: string,
  status: number,
  headers: Readonly<Record<string, string | number>>,
) => Response

/** For whoever goes on with the answer. */
export const asResponse: Send = (text, status, headers) =>
  new Response(text, { status, headers: { ...headers } as Record<string, string> })

/** One write of an answer that is whole: the way through streams costs more than to make it. */
export function sender(c: HonoContext): Send {
  const { outgoing } = bindingsOf(c)
  // What serves here is made without options of HTTP 2.
  if (!(outgoing instanceof ServerResponse)) return asResponse
  return (text, status, headers) => {
    outgoing.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) })
    outgoing.end(text)
    return RESPONSE_ALREADY_SENT
  }
}

/** What the server for Node puts there; requests that tests make have none of it. */
export function bindingsOf(c: HonoContext): Partial<HttpBindings> {
  return (c.env ?? {}) as Partial<HttpBindings>
}

/** Only what may be long is worth the work of making it smaller. */
function long(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  headers: Readonly<Record<string, string>>,
  zips: boolean | undefined,
): Response {
  if (!zips) return new Response(body, { headers })
  const zipped = body.pipeThrough(new CompressionStream('gzip'))
  return new Response(zipped, {
    headers: { ...headers, 'content-encoding': 'gzip', vary: 'accept-encoding' },
  })
}
