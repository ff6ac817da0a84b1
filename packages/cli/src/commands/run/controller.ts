/** `varve run controller`: the graph of a controller, built by hand. */
import { rename, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  type ControllerIdentity,
  connectNats,
  credentialsOf,
  findNatsServer,
  lockDirectory,
  type Member,
  runController,
  startEmbedded,
  writeMembers,
} from '@varve/controller'
import type { Logger } from 'pino'
import { makeDirectory } from './directory.ts'
import { findIdentity } from './identity.ts'
import { levelFollower, onController } from './log-level.ts'
import { passphraseReader } from './passphrase.ts'
import { startLog } from './recent-log.ts'
import { restHelp, restOptions, restReader, restSettings } from './rest-api.ts'
import { stopSignal } from './stop.ts'
import { version } from './version.ts'

const help = `varve run controller [options]
  --directory DIR   journal, checkpoints and, embedded, the NATS store (default /var/lib/varve)
  --nats URL        use this NATS server; without it one is started as a child process
  --listen PORT     port of the embedded server on --address (default 4222)
  --address ADDR    address of the embedded server (default 127.0.0.1)
  --identity FILE   who this is in a cluster with keys, whose NATS server runs beside it
                    (default /etc/varve/cluster/controller.json, if it is there and no --nats
                    is given); also name, cluster and replicas
  --nats-directory DIR
                    that server's directory (default <directory>/nats)
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
      identity: { type: 'string' },
      'nats-directory': { type: 'string' },
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
  const place = await placeOf(values)
  const { cluster, name, identity } = place
  const rest = await restSettings(values)
  const readPassphrase = await passphraseReader(values['passphrase-file'], process.env)
  const { log, recent } = startLog(name, values['log-level'])
  const signal = stopSignal()
  const { directory } = values
  await makeDirectory(directory)
  // Before anything in it is read or written: the journal is one controller's alone.
  await using _lock = await lockDirectory(directory)
  await using embedded =
    values.nats === undefined && identity === undefined
      ? await startEmbedded({
          server: await findNatsServer({ env: process.env, log: (line) => log.info(line) }),
          dataDir: join(directory, 'nats'),
          host: values.address,
          port: Number(values.listen),
        })
      : undefined
  const servers = identity?.servers ?? (values.nats ?? embedded?.url ?? '').split(',')
  const connection = await connectNats({
    ...(identity ? credentialsOf(identity) : { servers }),
    name: name.replaceAll(/[^A-Za-z0-9_-]/g, '_'),
    signal,
    log: (line) => log.warn(line),
  })
  // The address to give to clients and satellites, for scripts that start us with port 0.
  const address = join(directory, 'nats.url')
  await writeFile(`${address}.new`, `${servers.join(',')}\n`)
  await rename(`${address}.new`, address)
  const { replicas } = place
  await runController({
    connection,
    cluster,
    name,
    version,
    directory,
    replicas,
    log,
    signal,
    onState: onController(levelFollower(log)),
    ...(readPassphrase === undefined ? {} : { readPassphrase }),
    ...(rest === undefined
      ? {}
      : { serveReader: restReader({ connection, cluster, log, directory, recent }, rest) }),
    ...(identity === undefined
      ? {}
      : memberKeeper(identity, values['nats-directory'] ?? join(directory, 'nats'), log)),
    keeping: { replicas, hasJournal: true, ...(embedded || identity ? { isSynced: true } : {}) },
  })
  await connection.close()
  return 0
}

type Place = {
  readonly cluster: string
  readonly name: string
  readonly replicas: 1 | 3 | 5
  readonly identity: ControllerIdentity | undefined
}

async function placeOf(values: {
  readonly identity?: string | undefined
  readonly nats?: string | undefined
  readonly cluster: string
  readonly name: string
  readonly replicas: string
}): Promise<Place> {
  const identity = await findIdentity(values, 'controller')
  if (identity === undefined) {
    const { cluster, name } = values
    return { cluster, name, replicas: replicasOf(values.replicas), identity }
  }
  if (identity.role !== 'controller') {
    throw new Error(`${identity.name} is no controller but ${identity.role}`)
  }
  const { cluster, name, machines } = identity
  return { cluster, name, replicas: replicasOf(String(machines.length)), identity }
}

/** Tells the server of this machine whom to let in, one change after the other. */
function memberKeeper({ founder }: ControllerIdentity, directory: string, log: Logger) {
  let writing: Promise<void> = Promise.resolve()
  return {
    founder,
    onMembers: (members: readonly Member[]) => {
      if (members.length === 0) return
      writing = writing
        .then(() => writeMembers(directory, members))
        .catch((error: unknown) => log.error({ directory, error: String(error) }, notWritten))
    },
  }
}

const notWritten = 'the server cannot be told who may come in'

function replicasOf(text: string): 1 | 3 | 5 {
  if (text === '1') return 1
  if (text === '3') return 3
  if (text === '5') return 5
  throw new Error(`--replicas is 1, 3 or 5, not ${text}`)
}
