import { expect, test } from 'vitest'
import { until } from './harness.ts'
import { startSimulated } from './simulated.ts'

const gib = 1024 * 1024

test('spawn, fail over, grow and delete: the whole story on simulated machines', async () => {
  await using simulated = await startSimulated({ nodes: ['n1', 'n2', 'n3'] })
  const { system, world } = simulated
  const n1 = world.host('n1')
  n1.plantVolume('vg0', 'foreign', 1024 * 1024)
  await system.must('resource-group.create', { group: 'fast', filter: { placeCount: 2 } })
  await system.must('resource-group.spawn', { group: 'fast', definition: 'web', sizesKib: [gib] })
  await simulated.untilDeployed('web', 2)
  const [first, second] = (await simulated.replicas('web'))
    .filter(({ kind }) => kind === 'diskful')
    .map(({ node }) => world.host(node))
  if (!first || !second) throw new Error('two replicas are deployed')

  expect(first.open('web')).toBeUndefined()
  expect(first.write('web', 1, 'pattern')).toBeUndefined()
  await simulated.crash(first.name)
  await until('the peer may be opened', () => (second.open('web') === undefined ? true : undefined))
  expect(second.read('web', 1)).toBe('pattern')
  expect(second.write('web', 2, 'while the other was away')).toBeUndefined()
  await simulated.boot(first.name)
  await simulated.untilDeployed('web', 2)
  await until('the one that was away has caught up', () =>
    first.replica('web') === second.replica('web') ? true : undefined,
  )

  await system.must('volume-definition.resize', { definition: 'web', number: 0, sizeKib: 2 * gib })
  await until('the resize is done', async () => {
    const reply = await system.query('operations')
    return reply.ok && (reply.data as { total: number }).total === 0 ? true : undefined
  })
  expect(second.read('web', 1)).toBe('pattern')
  expect(await system.command('resource-definition.delete', { definition: 'web' })).toMatchObject({
    refusal: { code: 'in-use' },
  })
  second.close('web')
  await until('nobody has it open any more', async () => {
    const rows = await simulated.replicas('web')
    return rows.some(({ observed }) => observed?.role === 'Primary') ? undefined : true
  })

  await system.must('resource-definition.delete', { definition: 'web' })
  await simulated.untilGone('web')
  for (const name of ['n1', 'n2', 'n3']) {
    const { host } = world.host(name)
    const { stdout } = await host.run(['lvs', '--noheadings', '--options', 'lv_name'])
    expect(stdout).not.toContain('web')
    const files = await host.list('/var/lib/varve.d')
    expect(files.filter((name) => name.includes('web'))).toEqual([])
  }
  expect((await n1.host.run(['lvs'])).stdout).toContain('foreign')
  expect(world.unknown).toEqual([])
})
