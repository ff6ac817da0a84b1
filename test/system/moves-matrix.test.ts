/**
 * Every kind of move × every tool that it needs × what may happen at that moment: it ends where it was
 * to end, with the data on as many replicas as before, and nothing left behind.
 */
import type { Host } from '@varve/satellite'
import { afterEach, expect, test } from 'vitest'
import { until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const definition = 'web'
const nodes = ['n1', 'n2', 'n3'] as const
const mib = 1024

type Moment = {
  readonly node: string
  readonly tool: string
  readonly happens: () => Promise<void>
}
type System = Awaited<ReturnType<typeof pair>>

let simulated: SimulatedSystem | undefined
afterEach(async () => {
  await simulated?.[Symbol.asyncDispose]()
  simulated = undefined
})

/** `web` on n1 and n2, with a text in it; n3 takes part in the moves. */
async function pair() {
  let moment: Moment | undefined
  let happening: Promise<void> | undefined
  const between = (host: Host, node: string): Host => ({
    ...host,
    run: (argv, options) => {
      if (moment?.node === node && argv[0] === moment.tool) {
        happening = moment.happens()
        moment = undefined
      }
      return host.run(argv, options)
    },
  })
  const system = await startSimulated({ nodes, between })
  simulated = system
  const { must, query } = system.system
  const props = { 'DrbdOptions/auto-add-quorum-tiebreaker': 'false' }
  await must('resource-definition.create', { definition, props })
  await must('volume-definition.create', { definition, sizeKib: 32 * mib })
  for (const node of ['n1', 'n2']) await must('resource.create', { definition, node, pool: 'thin' })
  await system.untilDeployed(definition, 2)
  const n2 = system.world.host('n2')
  expect(n2.open(definition)).toBeUndefined()
  expect(n2.write(definition, 1, 'text')).toBeUndefined()
  n2.close(definition)
  return {
    ...system,
    must,
    at: (wanted: Moment) => {
      moment = wanted
    },
    /** Whether the moment has come, and what happened then has ended. */
    async hasHappened(): Promise<boolean> {
      if (moment) return false
      await happening
      return true
    },
    /** Exactly these have a disk, all of them good, and nobody has anything else of it. */
    untilOn: (wanted: readonly string[]) => untilOn(system, query, wanted),
  }
}

async function untilOn(
  system: SimulatedSystem,
  query: SimulatedSystem['system']['query'],
  wanted: readonly string[],
): Promise<void> {
  let last = ''
  await until('it is where it is to be', async () => {
    const reply = await query('settled', { definition })
    const held = nodes.filter((node) =>
      system.world.host(node).machine.groups.get('vg0')?.volumes.has(`${definition}_00000`),
    )
    const running = await query('operations')
    last = `${held.join()} ${JSON.stringify(reply)} ${JSON.stringify(running)}`
    const isSettled = reply.ok && (reply.data as { isSettled: boolean }).isSettled
    const isIdle = running.ok && (running.data as { rows: unknown[] }).rows.length === 0
    return (isSettled && isIdle && held.join() === wanted.join()) || undefined
  }).catch((cause: unknown) => {
    throw new Error(last, { cause })
  })
  for (const node of wanted) expect(system.world.host(node).replica(definition)).toBe('1=text')
}

/** A way there and a way back, each with the node that works and the tools that it needs. */
const ways = [
  {
    what: 'a disk comes',
    node: 'n3',
    tools: ['lvcreate', 'drbdmeta', 'drbdadm'],
    begin: async ({ must }: System) => {
      await must('resource.make-available', { definition, node: 'n3', diskful: true })
    },
    ends: ['n1', 'n2', 'n3'],
    back: async ({ must }: System) => {
      await must('resource.delete', { definition, node: 'n3' })
    },
  },
  {
    what: 'a disk goes',
    node: 'n1',
    tools: ['drbdadm', 'lvremove'],
    begin: async ({ must }: System) => {
      await must('resource.toggle-disk', { definition, node: 'n1', to: 'diskless' })
    },
    ends: ['n2'],
    back: async ({ must }: System) => {
      await must('resource.toggle-disk', { definition, node: 'n1', to: 'diskful' })
    },
  },
  {
    what: 'a replica moves',
    node: 'n1',
    tools: ['drbdsetup', 'lvremove'],
    begin: async ({ must }: System) => {
      await must('resource.toggle-disk', { definition, node: 'n3', migrateFrom: 'n1' })
    },
    ends: ['n2', 'n3'],
    back: async ({ must }: System) => {
      await must('resource.toggle-disk', { definition, node: 'n1', migrateFrom: 'n3' })
    },
  },
] as const

for (const way of ways) {
  test(`${way.what}, whatever happens at any of its steps`, async () => {
    const system = await pair()
    let controllers = 1
    let controller = system.controller
    const happenings: Record<string, () => Promise<void>> = {
      'the satellite is killed': async () => {
        await system.stopSatellite(way.node)
        await system.startSatellite(way.node)
      },
      'the node loses its power': async () => {
        await system.crash(way.node)
        await system.boot(way.node)
      },
      'another controller leads': async () => {
        controllers += 1
        await controller.stop()
        controller = await system.system.startController(`c${controllers}`)
      },
    }
    for (const tool of way.tools) {
      for (const [name, happens] of Object.entries(happenings)) {
        system.at({ node: way.node, tool, happens })
        await way.begin(system)
        await until(`${name} at ${tool}`, async () => (await system.hasHappened()) || undefined)
        await system.untilOn(way.ends)
        await way.back(system)
        await system.untilOn(['n1', 'n2'])
      }
      const effect = { kind: 'fail', code: 5, stderr: 'out of order' } as const
      system.world.host(way.node).fault({ argv: [tool], times: 1, effect })
      await way.begin(system)
      await system.untilOn(way.ends)
      await way.back(system)
      await system.untilOn(['n1', 'n2'])
    }
    expect(system.world.unknown).toEqual([])
  })
}
