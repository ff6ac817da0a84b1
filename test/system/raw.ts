/** HTTP as it is written: `fetch` would put paths right, and choose its own connections. */
import { Agent, request } from 'node:http'

export type RawAnswer = { readonly status: number; readonly text: string }

export type RawClient = Disposable & {
  readonly send: (method: string, path: string, body?: string | Uint8Array) => Promise<RawAnswer>
}

export function rawClient(port: number, connections: number): RawClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  return {
    send: (method, path, body) =>
      new Promise((resolve, reject) => {
        // Said for methods that seldom have one, too: else it would be taken for the next request.
        const headers = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
        const options = { port, host: '127.0.0.1', agent, method, path, headers }
        const asking = request(options, (answer) => {
          let text = ''
          answer.setEncoding('utf8')
          answer.on('data', (part: string) => {
            text += part
          })
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
          answer.on('error', reject)
        })
        asking.on('error', reject)
        asking.end(body)
      }),
    [Symbol.dispose]: () => agent.destroy(),
  }
}
