/** A row of the table of routes: what is asked, how it is read, and who answers. */
import { z } from 'zod'
import type { Context } from './answer/codes.ts'
import type { Call } from './call.ts'

/** `/v1/nodes/{node}` → `{ node: string }`. */
type ParamsOf<P extends string> = P extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [K in Name extends `${infer Plain}...` ? Plain : Name]: string } & ParamsOf<Rest>
  : unknown

/** What a handler answers with; nothing: the entries that it has said. */
export type Reply =
  | { readonly kind: 'json'; readonly value: unknown; readonly status?: 200 | 201 }
  /** A JSON array, printed row by row as the client takes it. */
  | { readonly kind: 'rows'; readonly rows: Iterable<unknown> }
  | { readonly kind: 'text'; readonly text: string; readonly type: string; readonly status?: 500 }
  /** Text that may be long, line by line. */
  | { readonly kind: 'lines'; readonly lines: Iterable<string>; readonly type: string }
  /** A file, made while the client takes it. */
  | {
      readonly kind: 'download'
      readonly name: string
      readonly type: string
      readonly bytes: ReadableStream<Uint8Array<ArrayBuffer>>
    }
  /** Lines of server-sent events, until the client goes. */
  | { readonly kind: 'events'; readonly events: AsyncIterable<string> }

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'

type About = {
  readonly method: Method
  /** OpenAPI's spelling; `{key...}` takes the rest of the path. */
  readonly path: string
  /** Operation and object in the return codes. */
  readonly on: Context
  readonly summary: string
  /** 201 where LINSTOR says so; 200 otherwise. */
  readonly success?: 201
  /** What of it is refused, by name, whenever it is asked for; as the page on coverage has it. */
  readonly missing?: string
  /** What comes with a feature that is not there yet; nothing of it can be asked for. */
  readonly later?: string
  /** True: it is known and always refused. */
  readonly refused?: true
  /** True: what it answers with changes only as the log or observations do. */
  readonly cached?: true
  /** `log`: for those who may read the log itself. */
  readonly reads?: 'log'
  /** True: it goes on until the client goes, so it cannot be told of a moment of the past. */
  readonly live?: true
}

export type Route = About & {
  /** Absent: a body is not read. */
  readonly body?: z.ZodType
  readonly run: (call: Call<never, never>) => Promise<Reply | undefined> | Reply | undefined
}

export const json = (value: unknown): Reply => ({ kind: 'json', value })

export function read<const P extends string>(
  path: P,
  summary: string,
  run: (call: Call<ParamsOf<P>>) => Reply | undefined | Promise<Reply | undefined>,
  more: Partial<
    Pick<About, 'on' | 'success' | 'missing' | 'later' | 'cached' | 'refused' | 'live' | 'reads'>
  > = {},
): Route {
  return { method: 'GET', path, summary, on: ['none', 'none'], run, ...more }
}

export function change<const P extends string, B extends z.ZodType>(
  row: About & { readonly path: P; readonly body: B },
  run: (call: Call<ParamsOf<P>, z.infer<B>>) => Promise<Reply | undefined> | Promise<void>,
): Route {
  return { ...row, run: async (call) => (await run(call)) ?? undefined }
}

/** For requests whose body says nothing. */
export const noBody = z.unknown()
