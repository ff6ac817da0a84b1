/** Snapshots go from node to node, whole and as differences, and nothing half done is ever left. */
import type { SnapshotDetail, SnapshotRow } from '@varve/projections'
import { afterEach, expect, test } from 'vitest'
import { until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const definition = 'web'
const nodes = ['n1', 'n2', 'n3'] as const
const mib = 1024

let simulated: SimulatedSystem | undefined
afterEach(async () => {
  await simulated?.[Symbol.asyncDispose]()
  simulated = undefined
})

/** `web` on n1 and n2 with the snapshot s1; n3 has no replica. */
async function cluster() {
  const system = await startSimulated({ nodes })
  simulated = system
  const { must, query } = system.system
  await must('resource-definition.create', { definition })
  await must('volume-definition.create', { definition, sizeKib: 32 * mib })
  for (const node of ['n1', 'n2']) await must('resource.create', { definition, node, pool: 'thin' })
  await system.untilDeployed(definition, 2)
  const [n1, n3] = [system.world.host('n1'), system.world.host('n3')]
  expect(n1.open(definition)).toBeUndefined()

  async function row(snapshot: string) {
    const reply = await query('snapshots', { definition })
    return reply.ok
      ? (reply.data as { rows: SnapshotRow[] }).rows.find(({ name }) => name === snapshot)
      : undefined
  }
  return {
    ...system,
    must,
    n1,
    n3,
    row,
    async take(snapshot: string) {
      await must('snapshot.create', { definition, snapshot })
      await until('it is ready', async () => (await row(snapshot))?.status === 'ready' || undefined)
    },
    async untilOn(snapshot: string, node: string) {
      await until(`${snapshot} is on ${node}`, async () => {
        const seen = await row(snapshot)
        if (seen?.copyProblems) throw new Error(seen.copyProblems.join('; '))
        return seen?.nodes.includes(node) || undefined
      })
    },
    async detail(snapshot: string) {
      const reply = await query('snapshot', { definition, snapshot })
      return (reply as { data: SnapshotDetail }).data
    },
    volumes: (node: string) =>
      [...(system.world.host(node).machine.groups.get('vg0')?.volumes.values() ?? [])]
        .filter(({ kind }) => kind !== 'thin-pool')
        .map(({ name }) => name),
  }
}

test('a copy on a node without a replica is as the original, and is restored and deleted as any other', async () => {
  const { must, n1, n3, take, untilOn, untilDeployed, world, volumes, row } = await cluster()
  expect(n1.write(definition, 1, 'monday')).toBeUndefined()
  await take('s1')
  expect(n1.write(definition, 1, 'tuesday')).toBeUndefined()
  await must('snapshot.copy', { definition, snapshot: 's1', to: 'n3', pool: 'thin' })
  await untilOn('s1', 'n3')
  expect(volumes('n3')).toEqual(['web_00000_s1'])
  const copy = n3.machine.groups.get('vg0')?.volumes.get('web_00000_s1')
  expect(copy).toMatchObject({ active: false, readOnly: true, skipActivation: true })
  await must('snapshot.restore', { definition, snapshot: 's1', to: 'old', nodes: ['n3'] })
  await untilDeployed('old', 1)
  expect(n3.replica('old')).toBe('1=monday')
  await must('snapshot.delete', { definition, snapshot: 's1' })
  await until('it is gone', async () => (await row('s1')) === undefined || undefined)
  expect(volumes('n3')).toEqual(['old_00000'])
  expect(world.unknown).toEqual([])
})
