/** One satellite with a hundred resources: its memory, and the processes of a look at nothing new. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectNats } from '@varve/controller'
import type { ResourceRow } from '@varve/projections'
import { type Host, realClock, runSatellite } from '@varve/satellite'
import { createWorld, realClock as realTime, type World } from '@varve/sim'
import { pino } from 'pino'
import { cluster, startSystem, type TestSystem, until } from '../system/harness.ts'
import { startPart } from './child.ts'
import { type Figure, figure } from './figure.ts'

const gib = 1024 * 1024
const count = 100
const node = 'n1'
/** Often enough to see several looks soon. */
const refreshMs = 500
const looks = 4
/** V8 gives memory back when little has happened for eight seconds. */
const restMs = 15_000

export async function satelliteFigures(varve: string): Promise<Figure[]> {
  const few = await processesPerLook(1)
  const many = await processesPerLook(count)
  return [
    figure({
      what: `resident memory of a satellite with ${count} resources, at rest`,
      unit: 'MiB',
      aim: 80,
      reached: 'at-most',
      runs: [await residentMib(varve)],
    }),
    figure({
      what: `processes per reconcile of ${count} unchanged resources (with 1: ${few})`,
      unit: 'processes',
      aim: few,
      reached: 'at-most',
      runs: [many],
    }),
  ]
}

/** The satellite runs alone in its process; its machine is simulated in another one. */
async function residentMib(varve: string): Promise<number> {
  await using system = await startSystem()
  await system.startController('c1')
  const directory = await mkdtemp(join(tmpdir(), 'varve-bench-'))
  const socket = join(directory, 'hosts.sock')
  try {
    await using _hosts = startPart(varve, 'sim-hosts', '--socket', socket, '--hosts', node)
    await using satellite = startPart(
      varve,
      'satellite',
      ...['--node', node, '--nats', system.nats.url, '--cluster', cluster],
      ...['--simulated', socket, '--log-level', 'error'],
    )
    await deploy(system, count)
    await new Promise((resolve) => setTimeout(resolve, restMs))
    return await satellite.residentMib()
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** Programs started in one look at the machine when there is nothing to do: mean of a few. */
async function processesPerLook(resources: number): Promise<number> {
  await using system = await startSystem()
  await system.startController('c1')
  const world = machine()
  const counted = countRuns(world.host(node).host)
  const connection = await connectNats({ servers: system.nats.url, name: 'satellite' })
  const stop = new AbortController()
  const over = runSatellite({
    connection,
    cluster,
    node,
    host: counted.host,
    clock: realClock,
    log: pino({ level: 'fatal' }),
    signal: stop.signal,
    refreshMs,
  })
  try {
    await deploy(system, resources)
    const isLook = (program: string) => program === 'lvs'
    const settled = counted.runs.length
    const looked = () => counted.runs.slice(settled).filter(isLook).length
    await until('the first look after the last change', () => looked() >= 1 || undefined)
    const from = counted.runs.length
    const before = looked()
    await until('some looks', () => looked() >= before + looks || undefined)
    return Math.round((counted.runs.length - from) / (looked() - before))
  } finally {
    stop.abort()
    await over
    await connection.close()
  }
}

function machine(): World {
  const world = createWorld({ clock: realTime() })
  world.addHost({
    name: node,
    disks: [{ name: '/dev/sda', sizeKib: 200 * gib }],
    groups: [
      { name: 'vg0', disks: ['/dev/sda'], thinPools: [{ name: 'thin', sizeKib: 150 * gib }] },
    ],
  })
  return world
}

function countRuns(host: Host): { host: Host; runs: string[] } {
  const runs: string[] = []
  const counting: Host = {
    ...host,
    run: (argv, options) => {
      runs.push(argv[0] ?? '')
      return host.run(argv, options)
    },
  }
  return { host: counting, runs }
}

/** Registers the node, spawns `resources` definitions on it and waits until all are there. */
async function deploy(system: TestSystem, resources: number): Promise<void> {
  await system.must('node.create', { node, address: '10.0.0.1' })
  await system.must('storage-pool.create', {
    ...{ node, pool: 'thin', provider: 'LVM_THIN', backing: 'vg0/thin' },
  })
  const filter = { placeCount: 1, pools: ['thin'] }
  await system.must('resource-group.create', { group: 'fast', filter })
  const spawn = (definition: string) =>
    system.command('resource-group.spawn', {
      ...{ group: 'fast', definition, sizesKib: [gib / 16] },
    })
  await until('the first resource can be placed', async () =>
    (await spawn('web0')).ok ? true : undefined,
  )
  for (let number = 1; number < resources; number += 1) await spawn(`web${number}`)
  await until('all resources are applied', async () => {
    const reply = await system.query('resources', { node, limit: 1_000 })
    if (!reply.ok) return undefined
    const { rows } = reply.data as { rows: ResourceRow[] }
    const isApplied = ({ observed }: ResourceRow) => observed?.status === 'applied'
    return rows.length === resources && rows.every(isApplied) ? true : undefined
  })
}
