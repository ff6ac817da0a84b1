/** `varve run controller`: the graph of a controller, built by hand. */
import { rename, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  connectNats,
  findNatsServer,
  lockDirectory,
  runController,
  startEmbedded,
} from '@varve/controller'
import { pino } from 'pino'
import { makeDirectory } from './directory.ts'
import { levelFollower, onController } from './log-level.ts'
import { passphraseReader } from './passphrase.ts'
import { restHelp, restOptions, restReader, restSettings } from './rest-api.ts'
import { stopSignal } from './stop.ts'
import { version } from './version.ts'

const help = `varve run controller [options]
  --directory DIR   journal, checkpoints and, embedded, the NATS store (default /var/lib/varve)
  --nats URL        use this NATS server; without it one is started as a child process
  --listen PORT     port of the embedded server on --address (default 4222)
  --address ADDR    address of the embedded server (default 127.0.0.1)
  --cluster NAME    cluster name, part of every subject (default varve)
  --name NAME       this controller's name (default: host name)
  --replicas N      copies of the log in the NATS cluster: 1, 3 or 5 (default 1)
  --passphrase-file FILE
                    unlocks the cluster's encryption; - reads standard input once. Without it,
                    the systemd credential varve-passphrase counts if there is one
${restHelp}  --log-level L     debug, info, warn or error (default info)
`

export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      directory: { type: 'string', default: '/var/lib/varve' },
      nats: { type: 'string' },
      listen: { type: 'string', default: '4222' },
      address: { type: 'string', default: '127.0.0.1' },
      cluster: { type: 'string', default: 'varve' },
      name: { type: 'string', default: hostname() },
      replicas: { type: 'string', default: '1' },
      'passphrase-file': { type: 'string' },
      ...restOptions,
      'log-level': { type: 'string', default: 'info' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const replicas = replicasOf(values.replicas)
  const rest = await restSettings(values)
  const readPassphrase = await passphraseReader(values['passphrase-file'], process.env)
  const log = pino({ name: values.name, level: values['log-level'] })
  const signal = stopSignal()
  const { directory, cluster } = values
  await makeDirectory(directory)
  // Before anything in it is read or written: the journal is one controller's alone.
  await using _lock = await lockDirectory(directory)
  await using embedded =
    values.nats === undefined
      ? await startEmbedded({
          server: await findNatsServer({ env: process.env, log: (line) => log.info(line) }),
          dataDir: join(directory, 'nats'),
          host: values.address,
          port: Number(values.listen),
        })
      : undefined
  const servers = values.nats ?? embedded?.url ?? ''
  const connection = await connectNats({
    servers,
    name: values.name.replaceAll(/[^A-Za-z0-9_-]/g, '_'),
    signal,
    log: (line) => log.warn(line),
  })
  // The address to give to clients and satellites, for scripts that start us with port 0.
  const address = join(directory, 'nats.url')
  await writeFile(`${address}.new`, `${servers}\n`)
  await rename(`${address}.new`, address)
  await runController({
    connection,
    cluster,
    name: values.name,
    version,
    directory,
    replicas,
    log,
    signal,
    onState: onController(levelFollower(log)),
    ...(readPassphrase === undefined ? {} : { readPassphrase }),
    ...(rest === undefined
      ? {}
      : { serveReader: restReader({ connection, cluster, log, directory }, rest) }),
    keeping: { replicas, hasJournal: true, ...(embedded ? { isSynced: true } : {}) },
  })
  await connection.close()
  return 0
}

function replicasOf(text: string): 1 | 3 | 5 {
  if (text === '1') return 1
  if (text === '3') return 3
  if (text === '5') return 5
  throw new Error(`--replicas is 1, 3 or 5, not ${text}`)
}
