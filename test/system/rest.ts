/** The REST API of a controller in this process, spoken to over HTTP. */
import { type RestSettings, restReader } from '../../packages/cli/src/commands/run/rest-api.ts'
import { cluster, type StartOptions } from './harness.ts'

export type RestAnswer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Parsed as JavaScript does it: the digits of return codes are in `text`. */
  readonly body: unknown
}

export type RestClient = {
  /** Known once the controller serves. */
  readonly url: Promise<string>
  readonly request: (method: string, path: string, body?: unknown) => Promise<RestAnswer>
  /** Return codes of the answer's entries, to the last digit. */
  readonly codes: (answer: RestAnswer) => string[]
}

/** Options for `startSimulated({ controller })`, and the client of what it will serve. */
/** `directory`: where SOS reports are left; `recent`: lines of the process's log. */
export function withRest(
  settings: Partial<RestSettings> = {},
  directory?: string,
  recent?: () => readonly string[],
): {
  readonly controller: StartOptions
  readonly rest: RestClient
} {
  const { promise, resolve } = Promise.withResolvers<string>()
  const serve: StartOptions['rest'] = (connection, log) =>
    restReader(
      {
        connection,
        cluster,
        log,
        ...(directory === undefined ? {} : { directory }),
        ...(recent === undefined ? {} : { recent }),
      },
      {
        waitMs: 30_000,
        ...settings,
        port: 0,
        address: '127.0.0.1',
        onListening: (port) => resolve(`http://127.0.0.1:${port}`),
      },
    )
  return { controller: { rest: serve }, rest: restClient(promise) }
}

export function restClient(url: Promise<string>): RestClient {
  return {
    url,
    async request(method, path, body) {
      const response = await fetch(`${await url}${path}`, {
        method,
        ...(body === undefined
          ? {}
          : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, headers: response.headers, text, body: parsed(text) }
    },
    codes: ({ text }) => [...text.matchAll(/"ret_code":(-?\d+)/g)].map(([, code]) => code ?? ''),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
