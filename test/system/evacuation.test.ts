/** A node is emptied while somebody works, and whoever leads or dies meanwhile. */
import type { NodeRow, SnapshotRow } from '@varve/projections'
import { afterEach, expect, test } from 'vitest'
import { until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const mib = 1024
const definitions = ['web', 'db', 'log']

let simulated: SimulatedSystem | undefined
afterEach(async () => {
  await simulated?.[Symbol.asyncDispose]()
  simulated = undefined
})

/** Three pairs on n1 and n2, each of which holds its own name. */
async function pairs() {
  const system = await startSimulated({ nodes: ['n1', 'n2', 'n3'] })
  simulated = system
  const { must, query } = system.system
  for (const definition of definitions) {
    await must('resource-definition.create', {
      definition,
      props: { 'DrbdOptions/auto-add-quorum-tiebreaker': 'false' },
    })
    await must('volume-definition.create', { definition, sizeKib: 32 * mib })
    for (const node of ['n1', 'n2']) {
      await must('resource.create', { definition, node, pool: 'thin' })
    }
    await system.untilDeployed(definition, 2)
    const n2 = system.world.host('n2')
    expect(n2.open(definition)).toBeUndefined()
    expect(n2.write(definition, 1, definition)).toBeUndefined()
    n2.close(definition)
  }
  const volumes = (node: string) =>
    [...(system.world.host(node).machine.groups.get('vg0')?.volumes.keys() ?? [])].filter(
      (name) => name !== 'thin',
    )
  return {
    ...system,
    must,
    query,
    volumes,
    waiting: async (operation: string) => {
      const reply = await query('settled', { operation })
      return reply.ok ? (reply.data as { waiting: string[] }).waiting.join('; ') : ''
    },
    untilEmpty: (node: string) =>
      until(`${node} is empty`, async () => {
        const reply = await query('nodes')
        const rows = reply.ok ? (reply.data as { rows: NodeRow[] }).rows : []
        const row = rows.find(({ name }) => name === node)
        return (row?.use === 'evacuated' && row.resources === 0) || undefined
      }),
  }
}

test('another controller goes on where the first one stopped, and what is open goes last', async () => {
  const it = await pairs()
  const n1 = it.world.host('n1')
  const n3 = it.world.host('n3')
  expect(n1.open('db')).toBeUndefined()
  const lift = n3.fault({ argv: ['lvcreate'], effect: { kind: 'fail', code: 5, stderr: 'full' } })
  const { operation = '', result } = await it.must('node.evacuate', { node: 'n1' })
  expect(result).toMatchObject({ moves: { n3: 3 }, blocked: 0 })
  await until('the failure is named', async () =>
    (await it.waiting(operation)).includes('full') ? true : undefined,
  )
  await it.controller.stop()
  await it.system.startController('c2')
  lift()
  await until('what is open is named', async () =>
    (await it.waiting(operation)).includes('to let go of db, which is open (Primary) there')
      ? true
      : undefined,
  )
  expect(n1.write('db', 2, 'more')).toBeUndefined()
  n1.close('db')
  await it.untilEmpty('n1')
  expect(it.volumes('n1')).toEqual([])
  expect(n3.replica('web')).toBe('1=web')
  expect(n3.replica('db')).toBe('1=db 2=more')
  expect(it.world.unknown).toEqual([])
})

test('where there is no place everything stays, by name, and goes when there is one', async () => {
  const it = await pairs()
  await it.stopSatellite('n3')
  await until('n3 is away', async () => {
    const reply = await it.query('nodes')
    return JSON.stringify(reply).includes('"offline"') || undefined
  })
  const { operation = '', result } = await it.must('node.evacuate', { node: 'n1' })
  expect(result).toMatchObject({ moves: {}, blocked: 3 })
  await until('it is named', async () =>
    (await it.waiting(operation)).includes('to be rid of web, which has no other place')
      ? true
      : undefined,
  )
  await it.startSatellite('n3')
  await it.must('node.restore', { node: 'n1' })
  await until('n3 is back', async () => {
    const reply = await it.query('nodes')
    return !JSON.stringify(reply).includes('"offline"') || undefined
  })
  await it.must('node.evacuate', { node: 'n1', target: ['n3'] })
  await it.untilEmpty('n1')
  for (const definition of definitions) {
    expect(it.world.host('n3').replica(definition)).toBe(`1=${definition}`)
  }
})

test('snapshots go along to the new replica, and nothing of them stays behind', async () => {
  const it = await pairs()
  const snapshots = async () => {
    const reply = await it.query('snapshots', { definition: 'web' })
    return reply.ok ? (reply.data as { rows: SnapshotRow[] }).rows : []
  }
  await it.must('snapshot.create', { definition: 'web', snapshot: 's1' })
  await until('it is ready', async () => (await snapshots())[0]?.status === 'ready' || undefined)
  const n2 = it.world.host('n2')
  expect(n2.open('web')).toBeUndefined()
  expect(n2.write('web', 1, 'later')).toBeUndefined()
  n2.close('web')
  await it.must('node.evacuate', { node: 'n1' })
  await it.untilEmpty('n1')
  expect(it.volumes('n1')).toEqual([])
  expect(it.volumes('n3').sort()).toEqual(['db_00000', 'log_00000', 'web_00000', 'web_00000_s1'])
  expect((await snapshots())[0]).toMatchObject({ status: 'ready', nodes: ['n2', 'n3'] })
  await it.must('snapshot.restore', { definition: 'web', snapshot: 's1', to: 'old', nodes: ['n3'] })
  await it.untilDeployed('old', 1)
  expect(it.world.host('n3').replica('old')).toBe('1=web')
})

test('a disk that moves takes its snapshots along', async () => {
  const it = await pairs()
  await it.must('snapshot.create', { definition: 'web', snapshot: 's1' })
  const nodes = async () => {
    const reply = await it.query('snapshots', { definition: 'web' })
    const [row] = reply.ok ? (reply.data as { rows: SnapshotRow[] }).rows : []
    return row?.status === 'ready' ? row.nodes.join() : undefined
  }
  await until('it is ready', nodes)
  const move = { definition: 'web', node: 'n3', pool: 'thin', migrateFrom: 'n1' }
  await it.must('resource.toggle-disk', move)
  await until('it is where the replica is', async () => (await nodes()) === 'n2,n3' || undefined)
  await until('nothing is left', async () => !it.volumes('n1').includes('web_00000') || undefined)
  expect(it.volumes('n3').sort()).toEqual(['web_00000', 'web_00000_s1'])
  expect(it.volumes('n1')).not.toContain('web_00000_s1')
})
