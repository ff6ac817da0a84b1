/** The REST API beside a controller or alone: what it reads and where its commands go. */
import type { NatsConnection } from '@nats-io/transport-node'
import type { ReadSource } from '@varve/controller'
import { defaultPort, type Ports, serveRest } from '@varve/rest'
import type { Logger } from 'pino'
import { clientOver } from '../../client/client.ts'
import { UserError } from '../../session.ts'

export const restHelp = `  --rest-port PORT  LINSTOR's REST API on this port; 0: any free one, off: none (default ${defaultPort})
  --rest-address A  address of the REST API (default 127.0.0.1; others need :: or an address of
                    this machine. There is no authentication yet: whoever reaches it may do all)
  --rest-wait SEC   longest that a change waits for the satellites (default 30)
`

export const restOptions = {
  'rest-port': { type: 'string', default: String(defaultPort) },
  'rest-address': { type: 'string', default: '127.0.0.1' },
  'rest-wait': { type: 'string', default: '30' },
} as const

export type RestSettings = {
  readonly port: number
  readonly address: string
  readonly waitMs: number
  readonly onListening?: (port: number) => void
}

/** Undefined: it is switched off. */
export function restSettings(
  values: Readonly<Record<keyof typeof restOptions, string>>,
): RestSettings | undefined {
  const text = values['rest-port']
  if (text === 'off') return undefined
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65_535 || text.trim() === '') {
    throw new Error(`--rest-port is a port or off, not ${text}`)
  }
  const seconds = Number(values['rest-wait'])
  if (!(seconds >= 0)) {
    throw new Error(`--rest-wait is a number of seconds, not ${values['rest-wait']}`)
  }
  return { port, address: values['rest-address'], waitMs: seconds * 1000 }
}

/** What `serveReader` of a controller takes. */
export function restReader(
  { connection, cluster, log }: { connection: NatsConnection; cluster: string; log: Logger },
  settings: RestSettings,
): (source: ReadSource, signal: AbortSignal) => Promise<void> {
  return (source, signal) =>
    serveRest({
      ...settings,
      ports: { ...source, log, command: commandDoor(connection, cluster, signal) },
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
