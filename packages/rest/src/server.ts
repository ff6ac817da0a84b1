/** Serves the API on a port, and goes on trying while somebody else has it. */
import type { Server } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import { createApp } from './app.ts'
import type { Ports } from './ports.ts'
import { routes } from './routes/index.ts'
import { versionOf } from './version.ts'

export type RestOptions = {
  readonly ports: Ports
  /** 0: any that is free. */
  readonly port: number
  readonly address: string
  readonly signal: AbortSignal
  /** Longest wait of a change for satellites, ms. */
  readonly waitMs?: number
  readonly onListening?: (port: number) => void
}

/** LINSTOR's port. */
export const defaultPort = 3370
const defaultWaitMs = 30_000
const retryMs = 2_000
/** How long requests may take to end when the process is asked to. */
const graceMs = 2_000

/** Serves until the signal. A port that is taken is no reason for a controller not to lead. */
export async function serveRest(options: RestOptions): Promise<void> {
  const { ports, signal, address } = options
  using version = versionOf(ports)
  const app = createApp({
    ports,
    routes,
    waitMs: options.waitMs ?? defaultWaitMs,
    version: version.current,
  })
  while (!signal.aborted) {
    // Made without http2 options: it is a plain server.
    const server = createAdaptorServer({ fetch: app.fetch, overrideGlobalObjects: false }) as Server
    try {
      const port = await listen(server, options)
      ports.log.info({ address, port }, 'LINSTOR’s REST API is served')
      options.onListening?.(port)
      await aborted(signal)
    } catch (error) {
      ports.log.warn({ error: String(error), address }, 'the REST API is not served; trying again')
      await delay(retryMs, undefined, { signal }).catch(() => undefined)
    } finally {
      await close(server)
    }
  }
}

function listen(server: Server, { port, address }: RestOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port, host: address }, () => {
      const bound = server.address()
      resolve(typeof bound === 'object' && bound !== null ? bound.port : port)
    })
  })
}

/** Requests that run may end; connections that only wait do not. */
function close(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve()
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs)
    server.close(() => {
      clearTimeout(timer)
      resolve()
    })
    server.closeIdleConnections()
  })
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
