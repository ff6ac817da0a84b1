import type { NodeRow } from '@varve/projections'
import { expect, test } from 'vitest'
import { until } from './harness.ts'
import { startSimulated } from './simulated.ts'

const gib = 1024 * 1024

test('a node without lvm2 or without a DRBD module says so, and nothing is placed on it', async () => {
  await using simulated = await startSimulated({
    nodes: ['n1', 'n2', 'bare', 'nodrbd'],
    register: false,
    host: (node) => ({
      ...(node === 'bare' ? { tools: { lvm2: false } } : {}),
      ...(node === 'nodrbd' ? { drbd: 'none' as const } : {}),
    }),
  })
  const { system } = simulated
  for (const [index, node] of ['n1', 'n2', 'bare', 'nodrbd'].entries()) {
    await system.must('node.create', { node, address: `10.0.0.${index + 1}` })
    const pool = { node, pool: 'thin', provider: 'LVM_THIN' as const, backing: 'vg0/thin' }
    await system.must('storage-pool.create', pool)
  }
  await until('all nodes are described', async () => {
    const reply = await system.query('nodes')
    const rows = reply.ok ? (reply.data as { rows: NodeRow[] }).rows : []
    return rows.every(({ status }) => status === 'online') ? true : undefined
  })

  await system.must('resource-group.create', { group: 'fast', filter: { placeCount: 2 } })
  await until('the pools of the able nodes are measured', async () => {
    const reply = await system.command(
      'resource-group.spawn',
      { group: 'fast', definition: 'probe', sizesKib: [gib] },
      { plan: true },
    )
    return reply.ok ? true : undefined
  })
  await system.must('resource-group.spawn', { group: 'fast', definition: 'web', sizesKib: [gib] })
  await simulated.untilDeployed('web', 2)
  const replicas = await simulated.replicas('web')
  expect(replicas.filter(({ kind }) => kind === 'diskful').map(({ node }) => node)).toEqual([
    'n1',
    'n2',
  ])

  const tooMany = await system.command('resource.auto-place', {
    definition: 'web',
    filter: { placeCount: 3 },
  })
  expect(tooMany).toMatchObject({ ok: false, refusal: { code: 'not-enough-nodes' } })
  const reasons = tooMany.ok ? '' : (tooMany.refusal.details ?? []).join('\n')
  expect(reasons).toMatch(/bare.*lvm/i)
  expect(reasons).toMatch(/nodrbd.*DRBD/i)
  const byHand = await system.command('resource.create', {
    definition: 'web',
    node: 'nodrbd',
    pool: 'thin',
  })
  expect(byHand).toMatchObject({ ok: false, refusal: { code: 'not-capable' } })
})
