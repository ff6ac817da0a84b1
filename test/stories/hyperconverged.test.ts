/**
 * Every machine stores and computes. A virtual machine moves to a node that has no replica of its
 * volume; the data follows it, and the third copy goes. Simulator. The kernels of the lab:
 * test/lab/drbd9.test.ts, where DRBD 9 is to be had, has a diskless peer that gets a disk in use.
 */
import { expect, test } from 'vitest'
import { type Story, tell } from './story.ts'

async function guestOnN1(clock?: () => number): Promise<Story> {
  const story = await tell({
    nodes: ['n1', 'n2', 'n3'],
    ...(clock === undefined ? {} : { controller: { now: clock } }),
  })
  await story.varve('resource-group create vms --place-count 2 --storage-pool thin')
  await story.varve('resource-group spawn vms vm 1G --nodes n1,n2')
  await story.isWell('vm')
  const n1 = story.machine('n1')
  await n1.opens('vm')
  await n1.writes('vm', 1, 'the guest has booted')
  return story
}

test.concurrent('by hand: opened where it is to run, a replica there, the third copy removed', async () => {
  await using story = await guestOnN1()
  const [n1, n2, n3] = [story.machine('n1'), story.machine('n2'), story.machine('n3')]
  await story.varve('resource make-available vm n3')
  // The hypervisor hands the guest over: the device is let go of here and opened there.
  expect(n3.cannotOpen('vm')).toBe('Wrong medium type')
  n1.closes('vm')
  await n3.opens('vm')
  await n3.writes('vm', 2, 'it runs on n3')
  expect(await story.varve('resource list --node n3')).toMatch(/vm +n3 +diskless +Primary/)

  await story.varve('resource toggle-disk vm n3 --storage-pool thin')
  await story.isWell('vm')
  expect(await story.storedOn('vm')).toEqual(['n1', 'n2', 'n3'])
  expect(n3.holds('vm')).toBe('1=the guest has booted 2=it runs on n3')
  expect(await story.refused('resource delete vm n3')).toMatch(/in use/)
  await story.varve('resource delete vm n1')
  expect(await story.storedOn('vm')).toEqual(['n2', 'n3'])
  // The tie-breaker is back where the copy was, and n1 keeps nothing of it.
  await story.eventually('resource list --node n1', /vm +n1 +tie-breaker/)
  expect(n1.logicalVolumes()).toEqual(['thin'])
  await n3.writes('vm', 3, 'and goes on')
  expect(n2.holds('vm')).toBe(n3.holds('vm'))
})

test.concurrent('by itself: after ten minutes of use the data follows, and the copy of least use goes', async () => {
  let later = 0
  await using story = await guestOnN1(() => Date.now() + later)
  const [n1, n3] = [story.machine('n1'), story.machine('n3')]
  await story.varve('resource-group set-property vms DrbdOptions/auto-diskful 10')
  await story.varve('resource make-available vm n3')
  n1.closes('vm')
  await n3.opens('vm')
  await n3.writes('vm', 2, 'it runs on n3')
  await story.eventually('resource list --node n3', /vm +n3 +diskless +Primary/)
  await story.eventually('history resource-definition/vm', /opened/)
  expect(await story.storedOn('vm')).toEqual(['n1', 'n2'])

  later = 11 * 60_000
  await story.eventually('history resource-definition/vm', /auto-diskful .*replica.make-diskful/)
  await story.eventually('history resource-definition/vm', /auto-diskful .*replica.clean-up/)
  await story.isWell('vm')
  const stored = await story.storedOn('vm')
  expect(stored).toHaveLength(2)
  expect(stored).toContain('n3')
  await n3.writes('vm', 3, 'and goes on')
  for (const node of stored) {
    expect(story.machine(node).holds('vm')).toBe(
      '1=the guest has booted 2=it runs on n3 3=and goes on',
    )
  }
})
