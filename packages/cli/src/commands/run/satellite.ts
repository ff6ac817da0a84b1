/** `varve run satellite`: the graph of a satellite, built by hand. */
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { credentialsOf } from '@varve/controller/identity'
import { connectNats } from '@varve/controller/nats'
import { importedApi } from '@varve/events'
import { type Host, realClock, realHost, runSatellite } from '@varve/satellite'
import { pino } from 'pino'
import { findIdentity } from './identity.ts'
import { levelFollower } from './log-level.ts'
import { stopSignal } from './stop.ts'

const defaultServer = 'nats://127.0.0.1:4222'

const help = `varve run satellite [options]
  --node NAME              this node's name in the cluster (default: host name)
  --nats URL               NATS server, or several parted by commas (default nats://127.0.0.1:4222)
  --identity FILE          who this is in a cluster with keys: also node, servers and cluster
                           (default /etc/varve/cluster/satellite.json, if it is there and no
                           --nats is given)
  --cluster NAME           cluster name, part of every subject (default varve)
  --simulated SOCKET       a simulated machine behind this socket (varve run sim-hosts)
  --parallel N             resources worked on at the same time (default 4)
  --allow-files DIR        external files may be written into this directory, not into those below it;
                           may be repeated (default: nowhere)
  --log-level L            debug, info, warn or error (default info)
`

export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      node: { type: 'string' },
      nats: { type: 'string' },
      identity: { type: 'string' },
      cluster: { type: 'string', default: 'varve' },
      simulated: { type: 'string' },
      parallel: { type: 'string', default: '4' },
      'allow-files': { type: 'string', multiple: true, default: [] },
      'log-level': { type: 'string', default: 'info' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const identity = await findIdentity(values, 'satellite')
  if (identity && identity.role !== 'satellite') {
    throw new Error(`${identity.name} is no satellite but ${identity.role}`)
  }
  const node = identity?.name ?? values.node ?? hostname()
  const cluster = identity?.cluster ?? values.cluster
  const parallel = Number(values.parallel)
  if (!Number.isInteger(parallel) || parallel < 1) {
    throw new TypeError(`--parallel ${values.parallel}: a whole number from 1 on is needed`)
  }
  const allowFiles = values['allow-files']
  const relative = allowFiles.find((path) => path !== resolve(path))
  if (relative !== undefined) {
    throw new TypeError(`--allow-files ${relative}: a directory like /etc/drbd-reactor.d is needed`)
  }
  const log = pino({ name: node, level: values['log-level'] })
  const signal = stopSignal()
  const connection = await connectNats({
    ...(identity
      ? credentialsOf(identity)
      : { servers: (values.nats ?? defaultServer).split(',') }),
    name: `satellite_${node.replaceAll(/[^A-Za-z0-9_-]/g, '_')}`,
    signal,
    log: (line) => log.warn(line),
  })
  try {
    // A connection that stayed open would keep the process alive after its end.
    await using machine = values.simulated ? await simulated(values.simulated, node) : undefined
    const host = machine ?? realHost()
    const clock = realClock
    const apiPrefix = identity && importedApi
    const satellite = { connection, cluster, node, apiPrefix, host, clock, log, signal }
    const onProps = levelFollower(log)
    await runSatellite({ ...satellite, parallel, allowFiles, onProps })
  } finally {
    await connection.close()
  }
  return 0
}

/** Loaded only when asked for: a satellite of a real machine needs nothing of it. */
async function simulated(socket: string, node: string): Promise<Host & AsyncDisposable> {
  const { connectSimulatedHost } = await import('@varve/sim')
  return connectSimulatedHost(socket, node)
}
