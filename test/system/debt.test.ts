/** A node that was away pays its debts when it returns, and touches nothing else. */
import type { DebtRow } from '@varve/projections'
import { expect, test } from 'vitest'
import { until } from './harness.ts'
import { startSimulated } from './simulated.ts'

const definition = 'web'
const mib = 1024

test('deleted without a dead node, its name is used again, and the node comes back clean', async () => {
  await using system = await startSimulated({ nodes: ['n1', 'n2', 'n3'] })
  const { must, query, command } = system.system
  const define = async (nodes: readonly string[]) => {
    await must('resource-definition.create', {
      definition,
      props: { 'DrbdOptions/auto-add-quorum-tiebreaker': 'false' },
    })
    await must('volume-definition.create', { definition, sizeKib: 32 * mib })
    for (const node of nodes) await must('resource.create', { definition, node, pool: 'thin' })
    await system.untilDeployed(definition, nodes.length)
  }
  const volumes = (node: string) => [
    ...(system.world.host(node).machine.groups.get('vg0')?.volumes.keys() ?? []),
  ]
  const debts = async () => {
    const reply = await query('debts')
    return reply.ok ? (reply.data as { rows: DebtRow[] }).rows : []
  }
  await define(['n1', 'n2'])
  const n2 = system.world.host('n2')
  await n2.host.run(['lvcreate', '-V', '32M', '-T', 'vg0/thin', '-n', 'foreign_00000'])
  await system.crash('n2')
  await until('n2 is away', async () => {
    const reply = await command('resource-definition.delete', {
      definition,
      waiveCleanup: ['n2'],
    })
    return reply.ok || undefined
  })
  await system.untilGone(definition)
  expect(await debts()).toMatchObject([
    { node: 'n2', definition, objects: ['vg0/thin: web_00000'], next: 'when n2 returns' },
  ])

  // Another one of this name, and another controller, before the node is back.
  await define(['n1', 'n3'])
  await system.controller.stop()
  await system.system.startController('c2')
  const lift = n2.fault({ argv: ['lvremove'], effect: { kind: 'fail', code: 5, stderr: 'busy' } })
  await system.boot('n2')
  await until('the failure is told', async () => (await debts())[0]?.failure?.includes('busy'))
  lift()
  await until('the debt is paid', async () => (await debts()).length === 0 || undefined)
  expect(volumes('n2').sort()).toEqual(['foreign_00000', 'thin'])
  await system.untilDeployed(definition, 2)
  await must('resource.create', { definition, node: 'n2', pool: 'thin' })
  await system.untilDeployed(definition, 3)
  expect(system.world.unknown).toEqual([])
})
