/**
 * Ten satellites with their simulated machines, in a process beside the controller's: what they
 * do must not make its lease late. Run by applied.ts: node satellites.ts <nats url> <cluster> <node>…
 */
import { setImmediate } from 'node:timers/promises'
import { connectNats } from '@varve/controller'
import { type Host, realClock, runSatellite } from '@varve/satellite'
import { createWorld, realClock as realTime } from '@varve/sim'
import { pino } from 'pino'

/** A program takes a while at least: without it, ten satellites would never let a timer run. */
function slowed(host: Host): Host {
  return {
    ...host,
    run: async (argv, options) => {
      await setImmediate()
      return host.run(argv, options)
    },
  }
}

const gib = 1024 * 1024
const [servers = '', cluster = '', ...nodes] = process.argv.slice(2)
const world = createWorld({ clock: realTime() })
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())

async function satelliteOf(node: string): Promise<void> {
  world.addHost({
    name: node,
    disks: [{ name: '/dev/sda', sizeKib: 4096 * gib }],
    groups: [
      { name: 'vg0', disks: ['/dev/sda'], thinPools: [{ name: 'thin', sizeKib: 4000 * gib }] },
    ],
  })
  const connection = await connectNats({ servers, name: `satellite-${node}` })
  await runSatellite({
    connection,
    cluster,
    node,
    host: slowed(world.host(node).host),
    clock: realClock,
    log: pino({ level: 'error' }),
    signal: stop.signal,
  })
  await connection.close()
}

await Promise.all(nodes.map(satelliteOf))
