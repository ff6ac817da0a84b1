/** The REST API beside a controller or alone: what it reads and where its commands go. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { NatsConnection } from '@nats-io/transport-node'
import type { ReadSource } from '@varve/controller'
import { defaultPorts, type Ports, type RestOptions, readTokens, serveRest } from '@varve/rest'
import type { Logger } from 'pino'
import { clientOver } from '../../client/client.ts'
import { UserError } from '../../session.ts'
import { keeperIn, textFile } from './keep.ts'

export const restHelp = `  --rest-port PORT  LINSTOR's REST API on this port; 0: any free one, off: none
                    (default ${defaultPorts.http}, with TLS ${defaultPorts.https})
  --rest-address A  address of the REST API (default 127.0.0.1; for other machines :: or an address
                    of this one, and then with tokens or client certificates: without them
                    whoever reaches it may do all)
  --rest-wait SEC   longest that a change waits for the satellites (default 30)
  --rest-tokens F   file with a line "<name> <token>" for each who may use the REST API
  --rest-cert F     serve it with TLS: the certificate, and with --rest-key its key
  --rest-ca F       clients have to show a certificate that this one has signed
`

export const restOptions = {
  'rest-port': { type: 'string' },
  'rest-address': { type: 'string', default: '127.0.0.1' },
  'rest-wait': { type: 'string', default: '30' },
  'rest-tokens': { type: 'string' },
  'rest-cert': { type: 'string' },
  'rest-key': { type: 'string' },
  'rest-ca': { type: 'string' },
} as const

type Values = Partial<Record<keyof typeof restOptions, string>>

export type RestSettings = Pick<
  RestOptions,
  'port' | 'address' | 'waitMs' | 'tokens' | 'tls' | 'onListening'
>

/** Undefined: it is switched off. Throws what is wrong with the options or their files. */
export async function restSettings(values: Values): Promise<RestSettings | undefined> {
  if (values['rest-port'] === 'off') return undefined
  const tls = await tlsOf(values)
  const text = values['rest-port'] ?? String(tls ? defaultPorts.https : defaultPorts.http)
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535 || text.trim() === '') {
    throw new Error(`--rest-port is a port or off, not ${text}`)
  }
  const seconds = Number(values['rest-wait'] ?? restOptions['rest-wait'].default)
  if (!(seconds >= 0)) {
    throw new Error(`--rest-wait is a number of seconds, not ${values['rest-wait']}`)
  }
  const file = values['rest-tokens']
  return {
    port,
    address: values['rest-address'] ?? '127.0.0.1',
    waitMs: seconds * 1000,
    tokens: file === undefined ? undefined : readTokens(await readFile(file, 'utf8')),
    tls,
  }
}

async function tlsOf(values: Values): Promise<RestOptions['tls']> {
  const { 'rest-cert': cert, 'rest-key': key, 'rest-ca': ca } = values
  if (cert === undefined && key === undefined && ca === undefined) return undefined
  if (cert === undefined || key === undefined) {
    throw new Error('TLS needs both --rest-cert and --rest-key')
  }
  const read = (path: string) => readFile(path, 'utf8')
  return {
    cert: await read(cert),
    key: await read(key),
    ...(ca === undefined ? {} : { ca: await read(ca) }),
  }
}

type Surroundings = {
  readonly connection: NatsConnection
  readonly cluster: string
  readonly log: Logger
  /** SOS reports are left below it. */
  readonly directory?: string
  /** The last lines of the log of this process. */
  readonly recent?: () => readonly string[]
}

/** What `serveReader` of a controller takes. */
export function restReader(
  { connection, cluster, log, directory, recent }: Surroundings,
  settings: RestSettings,
): (source: ReadSource, signal: AbortSignal) => Promise<void> {
  return (source, signal) =>
    serveRest({
      ...settings,
      ports: {
        ...source,
        ...(directory === undefined ? {} : { keep: keeperIn(join(directory, 'sos-reports')) }),
        ...(recent === undefined ? {} : { recentLog: recent }),
        log,
        command: commandDoor(connection, cluster, signal),
      },
      ...(directory === undefined
        ? {}
        : { reportStore: textFile(join(directory, 'error-reports.json')) }),
      signal,
    })
}

/** The CLI's door, so that a change of leader in the middle of a request is nobody's business. */
function commandDoor(
  connection: NatsConnection,
  cluster: string,
  signal: AbortSignal,
): Ports['command'] {
  const nats = connection.getServer()
  const options = { cluster, nats, actor: 'rest', via: 'rest', timeoutMs: 15_000 } as const
  const client = clientOver(connection, options, signal)
  return async (type, args, given) => {
    try {
      return await client.command(type, args, given)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      return { ok: false, refusal: { code: 'log-unavailable', message: error.message } }
    }
  }
}
