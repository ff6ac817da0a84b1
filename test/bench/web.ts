/** HTTP as a client with connections that are kept: answers whole, and how long they took. */
import { Agent, type IncomingMessage, request } from 'node:http'
import { createServer } from 'node:net'

export type WebAnswer = {
  readonly status: number
  readonly bytes: number
  /** The beginning of it. */
  readonly text: string
  readonly etag: string | undefined
  readonly ms: number
}

export type Web = Disposable & {
  readonly ask: (
    method: string,
    path: string,
    more?: { readonly body?: unknown; readonly headers?: Record<string, string> },
  ) => Promise<WebAnswer>
}

export function webClient(port: number, connections: number): Web {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return {
    ask(method, path, { body, headers = {} } = {}) {
      const text = body === undefined ? undefined : JSON.stringify(body)
      const from = performance.now()
      return new Promise((resolve, reject) => {
        const asking = request(
          { port, host: '127.0.0.1', agent, method, path, headers },
          (answer) => {
            taken(answer).then(
              (whole) => resolve({ ...headOf(answer), ...whole, ms: performance.now() - from }),
              reject,
            )
          },
        )
        asking.on('error', reject)
        asking.end(text)
      })
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}

const headOf = ({ statusCode = 0, headers }: IncomingMessage) => ({
  status: statusCode,
  etag: headers.etag,
})

async function taken(
  answer: IncomingMessage,
): Promise<{ readonly bytes: number; readonly text: string }> {
  let bytes = 0
  let first: Buffer | undefined
  for await (const part of answer) {
    first ??= part as Buffer
    bytes += (part as Buffer).length
  }
  return { bytes, text: first?.toString('utf8', 0, 2_000) ?? '' }
}

/** One that nobody has at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
