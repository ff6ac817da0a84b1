/** Volumes go back to a snapshot on all nodes or on none, whoever dies in between. */
import type { ResourceDefinitionDetail } from '@varve/projections'
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

/** A pair that held `before` when the snapshot `s1` was taken, has `after` now, and is closed. */
async function pair() {
  const system = await startSimulated({ nodes })
  simulated = system
  const { must, query } = system.system
  await must('resource-definition.create', { definition })
  await must('volume-definition.create', { definition, sizeKib: 32 * mib })
  for (const node of nodes) await must('resource.create', { definition, node, pool: 'thin' })
  await system.untilDeployed(definition, 2)
  const [n1, n2] = nodes.map((node) => system.world.host(node))
  if (!n1 || !n2) throw new Error('two hosts')
  const detail = async () => {
    const reply = await query('resource-definition', { definition })
    if (!reply.ok) throw new Error(reply.refusal.message)
    return reply.data as ResourceDefinitionDetail
  }
  const each = {
    ...system,
    n1,
    n2,
    must,
    query,
    detail,
    use(text: string) {
      expect(n1.open(definition)).toBeUndefined()
      expect(n1.write(definition, 1, text)).toBeUndefined()
      n1.close(definition)
    },
    async untilClosed() {
      await until('nobody is Primary', async () => {
        const seen = await query('resources', { definition })
        return !JSON.stringify(seen).includes('"Primary"') || undefined
      })
    },
    async take(snapshot: string) {
      await must('snapshot.create', { definition, snapshot })
      await until('it is ready', async () => {
        const reply = await query('snapshot', { definition, snapshot })
        return (reply.ok && (reply.data as { status: string }).status === 'ready') || undefined
      })
    },
    async untilOver() {
      let last: unknown
      await until('the rollback is over', async () => {
        const row = await detail()
        last = row.rollback
        return row.rollback === undefined || undefined
      }).catch((cause: unknown) => {
        throw new Error(`not over: ${JSON.stringify(last)}`, { cause })
      })
      await system.untilDeployed(definition, 2)
    },
    untilPhase: (phase: string) =>
      until(`it is ${phase}`, async () => (await detail()).rollback?.phase === phase || undefined),
    volumes: (node: string) => [
      ...(system.world.host(node).machine.groups.get('vg0')?.volumes.keys() ?? []),
    ],
  }
  each.use('before')
  await each.take('s1')
  each.use('after')
  await each.untilClosed()
  return each
}

test('both replicas have what was there, are in step, and later snapshots stay', async () => {
  const { must, take, use, untilClosed, untilOver, world, volumes, n1 } = await pair()
  await take('s2')
  await must('snapshot.rollback', { definition, snapshot: 's1' })
  await untilOver()
  for (const node of nodes) {
    expect(world.host(node).replica(definition)).toBe('1=before')
    expect(volumes(node).sort()).toEqual(['thin', 'web_00000', 'web_00000_s1', 'web_00000_s2'])
  }
  // And forth again.
  await must('snapshot.rollback', { definition, snapshot: 's2' })
  await untilOver()
  for (const node of nodes) expect(world.host(node).replica(definition)).toBe('1=after')
  use('onwards')
  await untilClosed()
  expect(n1.contents(definition)).toBe('1=onwards')
  expect(world.unknown).toEqual([])
})

test('what has grown since is as large as it was, and can grow again', async () => {
  const { must, untilOver, detail, world, system } = await pair()
  const settled = () =>
    until('it is settled', async () => {
      const reply = await system.query('settled', { definition })
      return (reply.ok && (reply.data as { isSettled: boolean }).isSettled) || undefined
    })
  await must('volume-definition.resize', { definition, number: 0, sizeKib: 64 * mib })
  await settled()
  await must('snapshot.rollback', { definition, snapshot: 's1' })
  await untilOver()
  expect((await detail()).sizeKib).toBe(32 * mib)
  for (const node of nodes) expect(world.host(node).replica(definition)).toBe('1=before')
  await must('volume-definition.resize', { definition, number: 0, sizeKib: 64 * mib })
  await settled()
  expect(world.host('n1').contents(definition)).toBe('1=before')
})

test('a safety snapshot holds what the rollback has thrown away', async () => {
  const { must, untilOver, detail, n1 } = await pair()
  await must('snapshot.rollback', { definition, snapshot: 's1', safetySnapshot: 'spare' })
  await until('it has begun', async () => (await detail()).rollback?.snapshot === 's1' || undefined)
  await untilOver()
  expect(n1.replica(definition)).toBe('1=before')
  await must('snapshot.rollback', { definition, snapshot: 'spare' })
  await untilOver()
  expect(n1.replica(definition)).toBe('1=after')
})

test('in use, it is left alone; taken into use at the last moment, it is given up', async () => {
  const system = await pair()
  const { must, query, n1, n2, detail, untilPhase, untilDeployed, untilClosed } = system
  // Away so shortly that nobody has noticed when it is asked for.
  await system.stopSatellite('n2')
  await must('snapshot.rollback', { definition, snapshot: 's1' })
  await untilPhase('stopping')
  expect(n2.open(definition)).toBeUndefined()
  await system.startSatellite('n2')
  const problem = await until(
    'it is given up',
    async () => (await detail()).rollbackProblem?.problem,
  )
  expect(problem).toBe('node n2: web is Primary on this node, so it is in use')
  await untilDeployed(definition, 2)
  expect(n1.replica(definition)).toBe('1=after')
  const reply = await query('resources', { definition })
  expect(JSON.stringify(reply)).toContain('"Primary"')
  n2.close(definition)
  await untilClosed()
})

test('a machine without power in the middle holds it up, by name, and nothing comes up alone', async () => {
  const { must, query, n1, n2, untilPhase, untilOver, crash, boot, world } = await pair()
  const lift = n2.fault({ argv: ['lvrename'], effect: { kind: 'fail', code: 5, stderr: 'busy' } })
  await must('snapshot.rollback', { definition, snapshot: 's1' })
  await untilPhase('rolling-back')
  await until('n1 has done its part', async () => {
    const seen = await query('operations')
    const text = JSON.stringify(seen)
    return (text.includes('n2') && !text.includes('"n1') && text.includes('busy')) || undefined
  })
  await crash('n2')
  const waiting = await until('n2 is named as away', async () => {
    const reply = await query('settled', { definition })
    const { waiting } = reply.ok ? (reply.data as { waiting: string[] }) : { waiting: [] }
    return waiting.find((line) => line.includes('offline'))
  })
  expect(waiting).toMatch(/^n2 .*to roll back web/)
  expect(n1.machine.kernel?.resources.has(definition)).toBe(false)
  expect((await n1.host.run(['drbdadm', 'up', definition])).exitCode).not.toBe(0)
  lift()
  await boot('n2')
  await untilOver()
  for (const node of nodes) expect(world.host(node).replica(definition)).toBe('1=before')
})
