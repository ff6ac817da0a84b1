/** `varve run rest`: the REST API alone, following the log of controllers elsewhere. */
import { hostname } from 'node:os'
import { parseArgs } from 'node:util'
import { connectNats, credentialsOf, lockDirectory, runReader } from '@varve/controller'
import { makeDirectory } from './directory.ts'
import { findIdentity } from './identity.ts'
import { levelFollower, onController } from './log-level.ts'
import { startLog } from './recent-log.ts'
import { restHelp, restOptions, restReader, restSettings } from './rest-api.ts'
import { stopSignal } from './stop.ts'
import { version } from './version.ts'

const help = `varve run rest [options]
  --directory DIR   a copy of the log and checkpoints (default /var/lib/varve-rest)
  --nats URL        NATS server, or several parted by commas (default nats://127.0.0.1:4222)
  --identity FILE   in a cluster with keys that of a controller: it speaks for everybody, so it is
                    trusted as one (default /etc/varve/cluster/controller.json, if it is there
                    and no --nats is given); also servers and cluster
  --cluster NAME    cluster name, part of every subject (default varve)
  --name NAME       name of this process (default: host name)
${restHelp}  --log-level L     debug, info, warn or error (default info)
`

export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      directory: { type: 'string', default: '/var/lib/varve-rest' },
      nats: { type: 'string' },
      identity: { type: 'string' },
      cluster: { type: 'string', default: 'varve' },
      name: { type: 'string', default: hostname() },
      ...restOptions,
      'log-level': { type: 'string', default: 'info' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const rest = await restSettings(values)
  if (rest === undefined) throw new Error('--rest-port off leaves nothing to do')
  const identity = await findIdentity(values, 'controller')
  if (identity !== undefined && identity.role !== 'controller') {
    const why = 'it speaks for everybody, as a controller does'
    throw new Error(`${identity.name} is ${identity.role}; varve run rest is trusted more: ${why}`)
  }
  const { directory, name } = values
  const { cluster } = identity ?? values
  const { log, recent } = startLog(name, values['log-level'])
  const signal = stopSignal()
  await makeDirectory(directory)
  await using _lock = await lockDirectory(directory)
  const connection = await connectNats({
    ...(identity
      ? credentialsOf(identity)
      : { servers: (values.nats ?? 'nats://127.0.0.1:4222').split(',') }),
    name: `rest_${name.replaceAll(/[^A-Za-z0-9_-]/g, '_')}`,
    signal,
    log: (line) => log.warn(line),
  })
  try {
    const serveReader = restReader({ connection, cluster, log, directory, recent }, rest)
    const onState = onController(levelFollower(log))
    const reader = { connection, cluster, name, version, directory, log, signal }
    await runReader({ ...reader, serveReader, onState })
  } finally {
    await connection.close()
  }
  return 0
}
