/** Input and output are never left held for a snapshot, whoever dies at the worst moment. */
import { suspensionLimitMs } from '@varve/events'
import type { SnapshotRow } from '@varve/projections'
import type { CommandResult, Host } from '@varve/satellite'
import { afterEach, expect, test } from 'vitest'
import { until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const definition = 'web'
const nodes = ['n1', 'n2'] as const
const mib = 1024

let simulated: SimulatedSystem | undefined
afterEach(async () => {
  await simulated?.[Symbol.asyncDispose]()
  simulated = undefined
})

/** A host that lets nothing through any more once its satellite was killed. */
function mortal(host: Host, isDead: () => boolean): Host {
  const nothing = (argv: readonly string[]): CommandResult => ({
    argv,
    stdout: '',
    stderr: '',
    timedOut: true,
  })
  return {
    ...host,
    run: async (argv, options) => (isDead() ? nothing(argv) : host.run(argv, options)),
    writeFile: async (path, text) => (isDead() ? undefined : host.writeFile(path, text)),
    removeFile: async (path) => (isDead() ? undefined : host.removeFile(path)),
  }
}

async function pair() {
  const dead = new Set<string>()
  const system = await startSimulated({
    nodes,
    between: (host, node) => mortal(host, () => dead.has(node)),
  })
  simulated = system
  const { must } = system.system
  await must('resource-definition.create', { definition })
  await must('volume-definition.create', { definition, sizeKib: 32 * mib })
  for (const node of nodes) await must('resource.create', { definition, node, pool: 'thin' })
  await system.untilDeployed(definition, 2)
  const [n1, n2] = nodes.map((node) => system.world.host(node))
  if (!n1 || !n2) throw new Error('two hosts')
  expect(n1.open(definition)).toBeUndefined()
  expect(n1.write(definition, 1, 'before')).toBeUndefined()
  return {
    ...system,
    n1,
    n2,
    must,
    isHeld: () => n1.machine.kernel?.resources.get(definition)?.suspendedByUser === true,
    async killSatellite(node: string) {
      dead.add(node)
      await system.stopSatellite(node)
      dead.delete(node)
    },
    async phase() {
      const reply = await system.system.query('snapshots', { definition })
      return reply.ok ? (reply.data as { rows: SnapshotRow[] }).rows[0]?.status : undefined
    },
  }
}

const hung = { argv: ['drbdadm', 'suspend-io'], effect: { kind: 'hang' } } as const

test('what was written before is in it on both nodes, what came after is not', async () => {
  const { must, n1, phase, world, untilDeployed } = await pair()
  await must('snapshot.create', { definition, snapshot: 's1' })
  await until('the snapshot is ready', async () => (await phase()) === 'ready' || undefined)
  expect(n1.write(definition, 1, 'after')).toBeUndefined()
  await must('snapshot.restore', { definition, snapshot: 's1', to: 'old' })
  await untilDeployed('old', 2)
  for (const node of nodes) expect(world.host(node).replica('old')).toBe('1=before')
  expect(n1.contents(definition)).toBe('1=after')
  expect(world.unknown).toEqual([])
})

test('a clone has the content of that moment, and its snapshot is gone when it is settled', async () => {
  const { must, n1, phase, world, untilDeployed, system } = await pair()
  await must('resource-definition.clone', { definition, to: 'copy' })
  await until('the snapshot is gone again', async () => {
    const made = await system.query('resource-definition', { definition: 'copy' })
    return (made.ok && (await phase()) === undefined) || undefined
  })
  expect(n1.write(definition, 1, 'after')).toBeUndefined()
  await untilDeployed('copy', 2)
  await until('the copy is settled', async () => {
    const reply = await system.query('settled', { definition: 'copy' })
    return (reply.ok && (reply.data as { isSettled: boolean }).isSettled) || undefined
  })
  for (const node of nodes) expect(world.host(node).replica('copy')).toBe('1=before')
})

test('a satellite dies between holding and taking: the next one lets input and output go on', async () => {
  const { must, n1, n2, isHeld, killSatellite, startSatellite, phase } = await pair()
  // The other node never gets there, so that nobody goes on to take it.
  const lift = n2.fault(hung)
  await must('snapshot.create', { definition, snapshot: 's1' })
  await until('n1 holds', async () => isHeld() || undefined)
  await killSatellite('n1')
  expect(isHeld()).toBe(true)
  expect(n1.write(definition, 2, 'meanwhile')).toBe('Operation would block')
  await startSatellite('n1')
  await until('n1 goes on', async () => !isHeld() || undefined, suspensionLimitMs + 5_000)
  expect(n1.write(definition, 2, 'meanwhile')).toBeUndefined()
  lift()
  await until('it has failed', async () => (await phase()) === 'failed' || undefined, 30_000)
  expect(isHeld()).toBe(false)
})

test('the controller is gone while it is held: the satellite lifts it by itself', async () => {
  const { must, n1, n2, isHeld, controller } = await pair()
  n2.fault(hung)
  await must('snapshot.create', { definition, snapshot: 's1' })
  await until('n1 holds', async () => isHeld() || undefined)
  await controller.stop()
  await until('n1 goes on', async () => !isHeld() || undefined, suspensionLimitMs + 5_000)
  expect(n1.write(definition, 2, 'meanwhile')).toBeUndefined()
})

test('a node that cannot take it goes on at once, and the snapshot says why', async () => {
  const { must, n1, isHeld, phase, system } = await pair()
  const stderr = '  Thin pool vg0/thin is full.'
  n1.fault({ argv: ['lvcreate', '--snapshot'], effect: { kind: 'fail', code: 5, stderr } })
  await must('snapshot.create', { definition, snapshot: 's1' })
  await until('it has failed', async () => (await phase()) === 'failed' || undefined)
  await until('n1 goes on', async () => !isHeld() || undefined)
  expect(n1.write(definition, 2, 'meanwhile')).toBeUndefined()
  const reply = await system.query('snapshot', { definition, snapshot: 's1' })
  expect(JSON.stringify(reply)).toMatch(/could not be taken: Thin pool vg0\/thin is full/)
})

test("an operator's own suspension stays, and the snapshot says that it is in the way", async () => {
  const { must, n1, isHeld, phase, system } = await pair()
  await n1.host.run(['drbdadm', 'suspend-io', definition])
  await must('snapshot.create', { definition, snapshot: 's1' })
  await until('it has failed', async () => (await phase()) === 'failed' || undefined)
  const reply = await system.query('snapshot', { definition, snapshot: 's1' })
  expect(JSON.stringify(reply)).toMatch(/suspended already \(user\)/)
  expect(isHeld()).toBe(true)
})
