/** All replicas are gone: the next one begins anew, and what an old node still has stays apart. */
import { expect, test } from 'vitest'
import { until } from './harness.ts'
import { startSimulated } from './simulated.ts'

const definition = 'web'

test('a definition without replicas takes new ones, and old data never comes back', async () => {
  await using system = await startSimulated({ nodes: ['n1', 'n2', 'n3'] })
  const { must, command } = system.system
  const props = { 'DrbdOptions/auto-add-quorum-tiebreaker': 'false' }
  await must('resource-definition.create', { definition, props })
  await must('volume-definition.create', { definition, sizeKib: 32 * 1024 })
  const place = (node: string) => must('resource.create', { definition, node, pool: 'thin' })
  const write = (node: string, text: string) => {
    const host = system.world.host(node)
    expect(host.open(definition)).toBeUndefined()
    expect(host.write(definition, 1, text)).toBeUndefined()
    host.close(definition)
  }
  const replica = (node: string) => system.world.host(node).replica(definition)
  for (const node of ['n1', 'n2']) await place(node)
  await system.untilDeployed(definition, 2)
  write('n1', 'old')

  // n2 dies with its copy; the other is deleted, knowingly.
  await system.crash('n2')
  const gone = (node: string, more: object) =>
    until(`${node} has none`, async () => {
      const reply = await command('resource.delete', { definition, node, ...more })
      return reply.ok || undefined
    })
  await gone('n2', { waiveCleanup: true })
  await gone('n1', { acceptDataLoss: true })
  await until(
    'nothing is left',
    async () => (await system.replicas(definition)).length === 0 || undefined,
  )
  expect(await command('resource.create', { definition, node: 'n3', pool: 'thin' })).toMatchObject({
    ok: false,
    refusal: { code: 'debt-open', remedy: expect.stringMatching('varve debt forgive n2 web') },
  })

  await must('debt.forgive', { node: 'n2', definition })
  await place('n3')
  await system.untilDeployed(definition, 1)
  write('n3', 'new')
  await place('n1')
  await system.untilDeployed(definition, 2)
  expect(replica('n1')).toBe('1=new')

  // The dead node is back with what it had: it is nobody's peer, and its volume is in the way there.
  await system.boot('n2')
  await until('n2 is back', async () => {
    const reply = await command('resource.create', { definition, node: 'n2', kind: 'diskless' })
    return reply.ok || undefined
  })
  await until('it joined without a disk', async () => {
    const rows = await system.replicas(definition)
    return rows.some(({ node, status }) => node === 'n2' && status === 'Diskless') || undefined
  })
  for (const node of ['n1', 'n3']) expect(replica(node)).toBe('1=new')
  expect(system.world.unknown).toEqual([])
})
