/** Serves the API on a port, and goes on trying while somebody else has it. */
import type { Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import { createApp } from './app.ts'
import { needsToken } from './auth/gate.ts'
import type { FileTokens } from './auth/token-file.ts'
import type { Ports } from './ports.ts'
import { ReportBook } from './report/book.ts'
import { followReports, type ReportStore } from './report/follow.ts'
import { routes } from './routes/index.ts'
import { versionOf } from './version.ts'

export type RestOptions = {
  readonly ports: Ports
  /** 0: any that is free. */
  readonly port: number
  readonly address: string
  readonly signal: AbortSignal
  readonly tokens?: FileTokens | undefined
  /** Served encrypted with this certificate; `ca`: clients have to show one that it has signed. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly ca?: string } | undefined
  /** Longest wait of a change for satellites, ms. */
  readonly waitMs?: number
  /** Where error reports are kept while the process does not run; absent: nowhere. */
  readonly reportStore?: ReportStore | undefined
  readonly onListening?: (port: number) => void
}

/** LINSTOR's ports, in the clear and with TLS. */
export const defaultPorts = { http: 3370, https: 3371 }
const defaultWaitMs = 30_000
const retryMs = 2_000
/** How long requests may take to end when the process is asked to. */
const graceMs = 2_000

/** Serves until the signal. A port that is taken is no reason for a controller not to lead. */
export async function serveRest(options: RestOptions): Promise<void> {
  const { ports, signal, address } = options
  using version = versionOf(ports)
  const reports = new ReportBook()
  reports.restore((await options.reportStore?.read()) ?? '')
  const following = followReports(ports, reports, options.reportStore, signal)
  const app = createApp({
    ports,
    reports,
    routes,
    waitMs: options.waitMs ?? defaultWaitMs,
    tokens: options.tokens,
    isPrivate: options.tls !== undefined || isLoopback(address),
    version: version.current,
  })
  while (!signal.aborted) {
    const server = serverOf(app.fetch, options.tls)
    try {
      const port = await listen(server, options)
      ports.log.info({ address, port }, 'LINSTOR’s REST API is served')
      if (isOpen(options)) {
        ports.log.warn({ address }, 'whoever reaches the REST API may do all: give it tokens')
      }
      options.onListening?.(port)
      await aborted(signal)
    } catch (error) {
      ports.log.warn({ error: String(error), address }, 'the REST API is not served; trying again')
      await delay(retryMs, undefined, { signal }).catch(() => undefined)
    } finally {
      await close(server)
    }
  }
  await following
}

/** Other machines may reach it, and nobody is asked who he is. */
function isOpen({ address, tokens, tls, ports }: RestOptions): boolean {
  const isAsked = tokens !== undefined || needsToken(ports.world().state)
  return !isLoopback(address) && !isAsked && tls?.ca === undefined
}

function isLoopback(address: string): boolean {
  return ['127.0.0.1', '::1', 'localhost'].includes(address)
}

function serverOf(fetch: Hono['fetch'], tls: RestOptions['tls']): Server {
  const common = { fetch, overrideGlobalObjects: false }
  const serverOptions = tls?.ca === undefined ? tls : { ...tls, requestCert: true }
  const server = serverOptions
    ? createAdaptorServer({ ...common, createServer: createTlsServer, serverOptions })
    : createAdaptorServer(common)
  // Neither is made with options of HTTP 2; a server with TLS has all that is used of this type.
  return server as Server
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
