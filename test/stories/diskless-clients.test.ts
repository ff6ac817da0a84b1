/**
 * Storage nodes keep the data, and other machines use it over the network: they need no storage
 * of their own, and go on when a storage node goes. Simulator; test/lab/drbd9.test.ts has a
 * diskless peer on real kernels, where DRBD 9 is to be had.
 */
import { expect, test } from 'vitest'
import { tell } from './story.ts'

test('a client without storage writes to both replicas, and survives one of them', async () => {
  await using story = await tell({ nodes: ['s1', 's2', 'c1', 'c2'] })
  await story.varve('resource-group create pair --place-count 2 --nodes s1,s2 --storage-pool thin')
  await story.varve('resource-group spawn pair vm 1G')
  await story.varve('resource create vm c1 c2 --client')
  await story.isWell('vm')
  expect(await story.storedOn('vm')).toEqual(['s1', 's2'])
  const [s1, s2] = [story.machine('s1'), story.machine('s2')]
  const [c1, c2] = [story.machine('c1'), story.machine('c2')]
  await c1.opens('vm')
  await c1.writes('vm', 1, 'over the network')
  for (const machine of [s1, s2]) expect(machine.holds('vm')).toBe('1=over the network')
  for (const machine of [c1, c2]) expect(machine.logicalVolumes()).toEqual(['thin'])

  await s1.losesPower()
  await c1.writes('vm', 2, 'to the other one')
  expect(c1.reads('vm')).toBe('1=over the network 2=to the other one')
  await s1.comesBack()
  await story.isWell('vm')
  expect(s1.holds('vm')).toBe(s2.holds('vm'))

  // The guest moves to the other client: nothing is copied.
  c1.closes('vm')
  await c2.opens('vm')
  expect(c2.reads('vm')).toBe('1=over the network 2=to the other one')
  await story.varve('resource delete vm c1')
  expect(await story.refused('resource delete vm c2')).toMatch(/in use|open/i)
})
