/** What goes wrong on machines has a name, a sentence and a way out; each story walks that way. */
import type { Health, StoragePoolRow, Stuck } from '@varve/projections'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const gib = 1024 * 1024
let simulated: SimulatedSystem

beforeAll(async () => {
  simulated = await startSimulated({ nodes: ['n1', 'n2'], refreshMs: 300 })
})
afterAll(() => simulated?.[Symbol.asyncDispose]())

test('a thin pool without room for data: named, left out, extended, all as before', async () => {
  const { world } = simulated
  const [n1, n2] = [world.host('n1'), world.host('n2')]
  await make('data', 'n1', 'n2')
  expect(n2.open('data')).toBeUndefined()
  expect(n2.write('data', 1, 'before')).toBeUndefined()
  n1.fillPool('vg0', 'thin', 100)
  await poolIs('n1', 'data-full')
  expect(await healthSays('n1')).toMatch(
    /Storage pool thin on n1 cannot be used: vg0\/thin has no room for data left\. It holds 1 volume\. On n1: lvextend/,
  )
  expect(await stuckSays('n1/thin')).toMatch(/lvextend --size \+<size> vg0\/thin/)
  await isLeftOut('n1', 'vg0/thin has no room for data left')

  // Whoever writes does not feel it: n2 has the data, and n1 loses its disk.
  expect(n2.write('data', 2, 'meanwhile')).toBeUndefined()
  await diskIs('data', 'n1', 'Diskless')
  expect(await stuckSays('data')).toMatch(/The disk of volume 0 of data on n1 has failed/)
  await tool('n1', 'lvextend', '--size', '+20G', 'vg0/thin')
  await poolIs('n1', undefined)
  await diskIs('data', 'n1', 'UpToDate')
  expect(n1.replica('data')).toBe('1=before 2=meanwhile')
  expect(await stuckSays()).toBe('')
  n2.close('data')
  await remove('data')
  expect(await historyOf('storage-pool/n1/thin')).toMatch(
    /can be used again.*cannot be used: vg0\/thin has no room for data left/s,
  )
})

test('a thin pool without room for metadata: named, extended, used again', async () => {
  simulated.world.host('n1').fillPool('vg0', 'thin', 40, 100)
  await poolIs('n1', 'metadata-full')
  expect(await stuckSays('n1')).toMatch(/lvextend --poolmetadatasize \+<size> vg0\/thin/)
  await isLeftOut('n1', 'vg0/thin has no room for its metadata left')
  await tool('n1', 'lvextend', '--poolmetadatasize', '+128M', 'vg0/thin')
  await poolIs('n1', undefined)
  await make('again', 'n1')
  await remove('again')
})

test('a volume group that is gone with its disk: named, back again, synced', async () => {
  const { world } = simulated
  const [n1, n2] = [world.host('n1'), world.host('n2')]
  await make('group', 'n1', 'n2')
  expect(n2.open('group')).toBeUndefined()
  n1.failDisk('/dev/sda')
  expect(n2.write('group', 1, 'meanwhile')).toBeUndefined()
  await poolIs('n1', 'missing')
  expect(await healthSays('n1')).toMatch(/Storage pool thin on n1 cannot be used: vg0 is not there/)
  expect(await stuckSays('n1/thin')).toMatch(/pvs shows which are missing/)
  await isLeftOut('n1', 'vg0 is not there')
  n1.repairDisk('/dev/sda')
  await poolIs('n1', undefined)
  await diskIs('group', 'n1', 'UpToDate')
  expect(n1.replica('group')).toBe(n2.replica('group'))
  n2.close('group')
  await remove('group')
})

test('a device that somebody has open is not removed, and goes when it is closed', async () => {
  const { system, world } = simulated
  await make('busy', 'n1')
  const close = world.host('n1').occupy('/dev/vg0/busy_00000')
  await system.must('resource-definition.delete', { definition: 'busy' })
  await until('it is told who is in the way', async () =>
    /is used by another device.*findmnt, lsof and dmsetup ls --tree show who/s.test(
      await stuckSays('busy'),
    ),
  )
  close()
  await simulated.untilGone('busy')
})

test('a tool that hangs is killed at its limit, and what it did all the same is found', async () => {
  const { world } = simulated
  const effect = { kind: 'hang' } as const
  const lift = world.host('n1').fault({ argv: ['lvcreate'], effect })
  const making = make('hung', 'n1')
  await until('lvcreate hangs', () => (world.host('n1').spawned().lvcreate ?? 0) > 0)
  lift()
  // Its time is over: the satellite kills it.
  for (const kill of world.host('n1').machine.running) kill()
  await making
  await remove('hung')
  expect(world.unknown).toEqual([])
})

/** On one node without DRBD, on several with it. */
async function make(definition: string, ...nodes: readonly string[]): Promise<void> {
  const { system } = simulated
  const layers = nodes.length > 1 ? {} : { layers: ['STORAGE' as const] }
  await system.must('resource-definition.create', { definition, ...layers })
  await system.must('volume-definition.create', { definition, sizeKib: gib })
  for (const node of nodes) await system.must('resource.create', { definition, node, pool: 'thin' })
  await until(`${definition} is settled`, async () => {
    const answer = (await ask('settled', { definition })) as { isSettled: boolean }
    return answer.isSettled
  })
}

async function remove(definition: string): Promise<void> {
  await until(`${definition} may be deleted`, async () => {
    const reply = await simulated.system.command('resource-definition.delete', { definition })
    return reply.ok
  })
  await simulated.untilGone(definition)
}

async function ask(noun: string, args: object = {}): Promise<unknown> {
  const reply = await simulated.system.query(noun, args)
  if (!reply.ok) throw new Error(`${noun}: ${reply.refusal.message}`)
  return reply.data
}

async function tool(node: string, ...argv: string[]): Promise<void> {
  const { exitCode, stderr } = await simulated.world.host(node).host.run(argv)
  if (exitCode !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`)
}

async function poolIs(node: string, problem: string | undefined): Promise<void> {
  await until(`the pool of ${node} is ${problem ?? 'well'}`, async () => {
    const row = (await ask('storage-pool', { node, pool: 'thin' })) as StoragePoolRow
    return row.observed !== undefined && row.observed.problem?.kind === problem
  })
}

async function healthSays(node: string): Promise<string> {
  const { problems } = (await ask('health')) as Health
  return problems
    .filter(({ subject }) => subject.includes(node))
    .map(({ sentence, remedy }) => `${sentence} ${remedy}`)
    .join('\n')
}

async function stuckSays(object?: string): Promise<string> {
  const { stuck } = (await ask('explain-stuck', object === undefined ? {} : { object })) as {
    stuck: Stuck[]
  }
  return stuck.map(({ sentence, waysOut }) => [sentence, ...waysOut].join('\n')).join('\n')
}

/** By the autoplacer and by hand. */
async function isLeftOut(node: string, why: string): Promise<void> {
  const { system } = simulated
  await system.must('resource-definition.create', { definition: 'new' })
  await system.must('volume-definition.create', { definition: 'new', sizeKib: gib })
  const auto = { definition: 'new', filter: { placeCount: 2 } }
  await until('the autoplacer knows', async () =>
    JSON.stringify(await system.command('resource.auto-place', auto)).includes(
      `it cannot be used: ${why}`,
    ),
  )
  const byHand = await system.command('resource.create', { definition: 'new', node, pool: 'thin' })
  expect(byHand).toMatchObject({ ok: false, refusal: { code: 'pool-not-usable' } })
  await system.must('resource-definition.delete', { definition: 'new' })
}

async function diskIs(definition: string, node: string, disk: string): Promise<void> {
  await until(`the disk of ${definition} on ${node} is ${disk}`, async () => {
    const rows = await simulated.replicas(definition)
    return rows.find((row) => row.node === node)?.volumes[0]?.observed?.disk === disk
  })
}

async function historyOf(object: string): Promise<string> {
  return JSON.stringify(await ask('history', { object }))
}
