/** Satellites on simulated machines, beside the controllers and the server of the harness. */
import { connectNats } from '@varve/controller'
import type { NodeRow, ResourceRow, StoragePoolRow } from '@varve/projections'
import { type Host, realClock, runSatellite } from '@varve/satellite'
import { createWorld, type HostOptions, realClock as realTime, type World } from '@varve/sim'
import { pino } from 'pino'
import {
  closeAfter,
  cluster,
  type RunningController,
  type StartOptions,
  startSystem,
  type TestSystem,
  until,
} from './harness.ts'

const gib = 1024 * 1024

export type SimulatedSystem = AsyncDisposable & {
  readonly system: TestSystem
  readonly world: World
  /** The controller that was started first. */
  readonly controller: RunningController
  readonly startSatellite: (node: string) => Promise<void>
  /** Ends the satellite at once, in the middle of whatever it does; its machine goes on. */
  readonly stopSatellite: (node: string) => Promise<void>
  /** The machine loses its power, and its satellite with it. */
  readonly crash: (node: string) => Promise<void>
  readonly boot: (node: string) => Promise<void>
  /** Resolves when every replica of the definition is as wanted. */
  readonly untilDeployed: (definition: string, count: number) => Promise<void>
  readonly untilGone: (definition: string) => Promise<void>
  /** What the controller knows of the resources of a definition. */
  readonly replicas: (definition: string) => Promise<readonly ResourceRow[]>
}

export type SimulatedOptions = {
  readonly nodes: readonly string[]
  readonly host?: (node: string) => Partial<HostOptions>
  readonly controller?: StartOptions
  /** Put between a satellite and its machine, for tests that look on. */
  readonly between?: (host: Host, node: string) => Host
  readonly log?: StartOptions['log']
  /** How often a satellite at rest looks at its machine; once a minute if not given. */
  readonly refreshMs?: number
  /** Directories that satellites may write external files into. */
  readonly allowFiles?: readonly string[]
  /** Nodes to register with their pools; all of them if not given, or none. */
  readonly register?: boolean | readonly string[]
  /** Whether satellites are started; default true. */
  readonly satellites?: boolean
}

export async function startSimulated(options: SimulatedOptions): Promise<SimulatedSystem> {
  const system = await startSystem()
  const controller = await system.startController('c1', options.controller)
  const world = createWorld({ clock: realTime() })
  for (const name of options.nodes) {
    world.addHost({
      name,
      drbd: '9.2.18',
      disks: [{ name: '/dev/sda', sizeKib: 200 * gib }],
      groups: [
        {
          name: 'vg0',
          disks: ['/dev/sda'],
          thinPools: [{ name: 'thin', sizeKib: 100 * gib }],
        },
      ],
      ...options.host?.(name),
    })
  }
  const satellites = new Map<string, { stop: AbortController; over: Promise<void> }>()

  const simulated: SimulatedSystem = {
    system,
    world,
    controller,
    async startSatellite(node) {
      const connection = await connectNats({ servers: system.nats.url, name: `satellite-${node}` })
      const stop = new AbortController()
      const satellite = runSatellite({
        connection,
        cluster,
        node,
        host: options.between?.(world.host(node).host, node) ?? world.host(node).host,
        clock: realClock,
        log: options.log ?? pino({ level: process.env.VARVE_TEST_LOG ?? 'fatal' }),
        signal: stop.signal,
        heartbeatMs: 200,
        allowFiles: options.allowFiles ?? [],
        ...(options.refreshMs === undefined ? {} : { refreshMs: options.refreshMs }),
      })
      const over = closeAfter(connection, satellite)
      satellites.set(node, { stop, over })
    },
    async stopSatellite(node) {
      const satellite = satellites.get(node)
      satellites.delete(node)
      satellite?.stop.abort()
      await satellite?.over.catch(() => undefined)
    },
    async crash(node) {
      world.host(node).crash()
      await simulated.stopSatellite(node)
    },
    async boot(node) {
      world.host(node).boot()
      await simulated.startSatellite(node)
    },
    replicas: (definition) => replicasOf(system, definition),
    async untilDeployed(definition, count) {
      await until(`${definition} has ${count} replicas that are UpToDate`, async () => {
        const replicas = await replicasOf(system, definition)
        const good = replicas.filter(({ status }) => status === 'UpToDate')
        return good.length === count ? true : undefined
      })
    },
    async untilGone(definition) {
      await until(`${definition} is gone`, async () => {
        const reply = await system.query('resource-definition', { definition })
        return reply.ok ? undefined : true
      })
    },
    async [Symbol.asyncDispose]() {
      for (const node of [...satellites.keys()]) await simulated.stopSatellite(node)
      await system[Symbol.asyncDispose]()
    },
  }
  const { register: wanted = true, satellites: areStarted = true } = options
  if (areStarted) for (const node of options.nodes) await simulated.startSatellite(node)
  if (wanted !== false) await register(simulated, wanted === true ? options.nodes : wanted)
  return simulated
}

async function register({ system }: SimulatedSystem, nodes: readonly string[]): Promise<void> {
  for (const [index, node] of nodes.entries()) {
    await system.must('node.create', { node, address: `10.0.0.${index + 1}` })
    const pool = { node, pool: 'thin', provider: 'LVM_THIN' as const, backing: 'vg0/thin' }
    await system.must('storage-pool.create', pool)
  }
  await until('all nodes are online', async () => {
    const reply = await system.query('nodes')
    const rows = reply.ok ? (reply.data as { rows: NodeRow[] }).rows : []
    return rows.every(({ status }) => status === 'online') || undefined
  })
  await until('all pools are measured', async () => {
    const reply = await system.query('storage-pools', { limit: 1000 })
    const rows = reply.ok ? (reply.data as { rows: StoragePoolRow[] }).rows : []
    const measured = rows.filter(
      ({ provider, observed }) => provider === 'LVM_THIN' && observed?.freeKib !== undefined,
    )
    return measured.length === nodes.length ? true : undefined
  })
}

async function replicasOf(system: TestSystem, definition: string): Promise<readonly ResourceRow[]> {
  const reply = await system.query('resources', { definition })
  if (!reply.ok) return []
  return (reply.data as { rows: ResourceRow[] }).rows
}
