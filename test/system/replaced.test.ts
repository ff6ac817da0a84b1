/** Replicas that come when there is data already: they must end with all of it, never with nothing. */
import type { ResourceRow } from '@varve/projections'
import { expect, test } from 'vitest'
import { until } from './harness.ts'
import { type SimulatedSystem, startSimulated } from './simulated.ts'

const gib = 1024 * 1024

async function pair(simulated: SimulatedSystem): Promise<void> {
  const { system } = simulated
  await system.must('resource-definition.create', { definition: 'web' })
  await system.must('volume-definition.create', { definition: 'web', sizeKib: gib })
  for (const node of ['n1', 'n2']) {
    await system.must('resource.create', { definition: 'web', node, pool: 'thin' })
  }
  await simulated.untilDeployed('web', 2)
}

test('a third replica on thin storage gets what was written while the first two were connected', async () => {
  await using simulated = await startSimulated({ nodes: ['n1', 'n2', 'n3'] })
  const { system, world } = simulated
  await pair(simulated)
  const [n1, n3] = [world.host('n1'), world.host('n3')]
  expect(n1.open('web')).toBeUndefined()
  expect(n1.write('web', 1, 'precious')).toBeUndefined()
  await system.must('resource.create', { definition: 'web', node: 'n3', pool: 'thin' })
  await simulated.untilDeployed('web', 3)
  expect(n3.replica('web')).toBe('1=precious')
  expect(world.unknown).toEqual([])
})

test('a disk that fails is detached and shown; a new volume in its place gets all of the data', async () => {
  await using simulated = await startSimulated({ nodes: ['n1', 'n2'] })
  const { world } = simulated
  await pair(simulated)
  const [n1, n2] = [world.host('n1'), world.host('n2')]
  expect(n2.open('web')).toBeUndefined()
  expect(n2.write('web', 1, 'before')).toBeUndefined()
  n1.failDisk('/dev/sda')
  expect(n2.write('web', 2, 'after')).toBeUndefined()
  await until('n1 has lost its disk', async () => (await diskOf(simulated, 'n1')) === 'Diskless')

  // Another disk: the group has its name, and nothing of what was in it.
  n1.replaceDisk('/dev/sda')
  await simulated.untilDeployed('web', 2)
  expect(n1.replica('web')).toBe('1=before 2=after')
  expect(n2.replica('web')).toBe('1=before 2=after')
  expect(world.unknown).toEqual([])
})

test('a node that comes back with nothing on its disks is synced whole', async () => {
  await using simulated = await startSimulated({ nodes: ['n1', 'n2'] })
  const { world } = simulated
  await pair(simulated)
  const [n1, n2] = [world.host('n1'), world.host('n2')]
  expect(n2.open('web')).toBeUndefined()
  expect(n2.write('web', 1, 'before')).toBeUndefined()
  await simulated.crash('n1')
  await until('n2 goes on alone', () => n2.write('web', 2, 'after') === undefined)
  n1.replaceDisk('/dev/sda')
  for (const path of n1.machine.files.keys()) {
    if (path.startsWith('/var/lib/varve.d/')) n1.machine.files.delete(path)
  }
  await simulated.boot('n1')
  await until('n1 has all of it again', () => n1.replica('web') === '1=before 2=after')
  await simulated.untilDeployed('web', 2)
})

async function diskOf(simulated: SimulatedSystem, node: string): Promise<string | undefined> {
  const rows: readonly ResourceRow[] = await simulated.replicas('web')
  return rows.find((row) => row.node === node)?.volumes[0]?.observed?.disk
}
