/** The conformance world of simulated machines: everything in this process but the server. */
import { jetstreamManager } from '@nats-io/jetstream'
import { ObservedResource, streams } from '@varve/events'
import { subjects, until } from '../system/harness.ts'
import { startSimulated } from '../system/simulated.ts'
import {
  type ConformanceWorld,
  deviceOf,
  foreignVolumes,
  imageDirectories,
  type Machines,
  must,
  quickDrbd,
  zfsPools,
} from './world.ts'

const gib = 1024 * 1024
/** Nobody waits for the satellite's own limit, since this clock is the real one. */
const limitMs = 2_000
const percentOf = { data: undefined, metadata: 100 } as const

export async function simulatedWorld(machines: Machines): Promise<ConformanceWorld> {
  const { nodes, drbd } = machines
  const pools = machines.extra === 'zfs' ? [...machines.pools, ...zfsPools] : machines.pools
  const simulated = await startSimulated({
    nodes,
    register: false,
    host: (node) => ({ ...host(node), drbd, address: addressOf(nodes, node) }),
  })
  const { system, world } = simulated
  for (const node of nodes) {
    for (const directory of imageDirectories) {
      world.host(node).plantFile(`${directory}/somebody-else.img`, 'theirs\n')
    }
    await world.host(node).host.run(['zfs', 'create', 'tank/varve'])
    for (const volume of foreignVolumes) {
      await world.host(node).host.run(['zfs', 'create', '-s', '-V', '4M', volume])
    }
  }
  const manager = await jetstreamManager(system.client)
  const self: ConformanceWorld = {
    nodes,
    pools,
    command: system.command,
    query: async (noun, args) => {
      const reply = await system.query(noun, args)
      if (!reply.ok) throw new Error(`${noun}: ${reply.refusal.message}`)
      return reply.data
    },
    observed: async (definition, node) => {
      const subject = subjects.observed(node, 'resource', definition)
      const message = await manager.streams.getMessage(streams.observed, { last_by_subj: subject })
      return message ? ObservedResource.parse(message.json()) : undefined
    },
    startSatellite: simulated.startSatellite,
    powerOff: simulated.crash,
    powerOn: simulated.boot,
    cut: async () => world.network.cut('n2'),
    heal: async () => world.network.heal(),
    failDisk: async (node) => world.host(node).failDisk('/dev/sdb'),
    fill: async (node, what) =>
      world.host(node).fillPool('vg0', 'small', what === 'data' ? 100 : 40, percentOf[what]),
    hang: async (node, tool, word) => {
      const effect = { kind: 'late', afterMs: 0, limitMs } as const
      world.host(node).fault({ argv: [tool, word], times: 1, effect })
    },
    run: async (node, argv) => {
      const { exitCode, stdout } = await world.host(node).host.run(argv)
      return { exitCode: exitCode ?? -1, stdout }
    },
    list: async (node, directory) => (await world.host(node).host.list(directory)).toSorted(),
    write: async ({ node, definition, block }, text) => {
      const device = await deviceOf(self, definition, node)
      const problem = world.host(node).writeDevice(device, block, text)
      if (problem !== undefined) throw new Error(`${definition} on ${node}: ${problem}`)
    },
    read: async ({ node, definition, block }) =>
      world.host(node).readDevice(await deviceOf(self, definition, node), block) ?? '',
    [Symbol.asyncDispose]: () => simulated[Symbol.asyncDispose](),
  }
  try {
    await register(self)
    return self
  } catch (error) {
    await self[Symbol.asyncDispose]()
    throw error
  }
}

async function register(world: ConformanceWorld): Promise<void> {
  await must(world, 'controller.modify', { setProps: quickDrbd })
  for (const node of world.nodes) {
    await must(world, 'node.create', { node, address: addressOf(world.nodes, node) })
    for (const pool of world.pools) await must(world, 'storage-pool.create', { node, ...pool })
  }
  await measured(world)
}

/** Placement needs to know what a node can do and the space of a pool. */
export async function measured(world: ConformanceWorld): Promise<void> {
  await until('all nodes are online', async () => {
    const page = (await world.query('nodes', {})) as { rows: { status: string }[] }
    return page.rows.every(({ status }) => status === 'online') || undefined
  })
  await until('all pools are measured', async () => {
    const page = (await world.query('storage-pools', { limit: 1000 })) as {
      rows: { observed?: { freeKib?: number } }[]
    }
    const known = page.rows.filter(({ observed }) => observed?.freeKib !== undefined)
    return known.length >= world.nodes.length * world.pools.length || undefined
  })
}

function addressOf(nodes: readonly string[], node: string): string {
  return `10.9.0.${nodes.indexOf(node) + 1}`
}

function host(node: string) {
  return {
    name: node,
    disks: [
      { name: '/dev/sda', sizeKib: 2 * gib },
      { name: '/dev/sdb', sizeKib: gib },
      { name: '/dev/sdc', sizeKib: gib },
    ],
    canReflink: false,
    zpools: [{ name: 'tank', disks: ['/dev/sdc'] }],
    groups: [
      {
        name: 'vg0',
        disks: ['/dev/sda'],
        thinPools: [
          { name: 'thin', sizeKib: 500 * 1024 },
          { name: 'small', sizeKib: 16 * 1024 },
        ],
      },
      { name: 'brittle', disks: ['/dev/sdb'] },
    ],
  }
}
