/**
 * A storage node is gone for good and a new one takes its place: redundancy is back, the volume
 * was in use all the time. Simulator; test/lab/troubled.test.ts replaces disks on real kernels.
 */
import { expect, test } from 'vitest'
import { type Story, tell } from './story.ts'

test('the node is declared lost, and what it had is placed anew without a hand', async () => {
  await using story = await tell({ nodes: ['n1', 'n2', 'n3', 'n4'] })
  await pairOnN1AndN2(story, ['web', 'db'])
  const n2 = story.machine('n2')

  // The one decision that is a person's: the machine will not come back.
  await story.varve('node lost n1 --reason "its mainboard is gone"')
  for (const name of ['web', 'db']) {
    await story.eventually(`history resource-definition/${name}`, /re-place .* replica.re-place/)
    await story.isWell(name)
    const nodes = await story.storedOn(name)
    expect(nodes).toHaveLength(2)
    const other = nodes.find((node) => node !== 'n2') ?? ''
    expect(story.machine(other).holds(name)).toBe('1=before 2=meanwhile')
    await n2.writes(name, 3, 'after')
    expect(story.machine(other).holds(name)).toBe('1=before 2=meanwhile 3=after')
  }
  await story.eventually('history resource-definition/web', /has all its replicas again/)

  // Another machine under the old name, with nothing on its disks, is a node as any other.
  story.machine('n1').getsNewDisk()
  await story.varve('node create n1 10.0.0.1')
  await story.machine('n1').comesBack()
  await story.varve('storage-pool create lvm-thin n1 thin vg0/thin')
  await story.varve('resource create web n1 --storage-pool thin --timeout 15')
  expect(story.machine('n1').holds('web')).toBe('1=before 2=meanwhile 3=after')
  await story.varve('resource-group spawn pair log 1G --nodes n1,n4')
  await story.isWell('log')
  expect(await story.storedOn('log')).toEqual(['n1', 'n4'])
})

test('by hand: with the policy in shadow it says what it would do, and somebody does it', async () => {
  await using story = await tell({ nodes: ['n1', 'n2', 'n3', 'n4'] })
  await story.varve('policy set re-place shadow --reason "we look on for a week"')
  expect(await story.varve('policy list')).toMatch(/re-place +shadow/)
  await pairOnN1AndN2(story, ['web'])
  await story.varve('node lost n1')
  await story.eventually('proposals', /re-place +place a replica of web .*it would be done/)
  expect(await story.storedOn('web')).toEqual(['n2'])
  await story.varve('resource auto-place web --place-count 2')
  await story.isWell('web')
  await story.eventually('proposals --all', /re-place .* over after .* no need of it any more/)
  const [, other = ''] = await story.storedOn('web')
  expect(story.machine(other).holds('web')).toBe('1=before 2=meanwhile')
})

/** In use on n2 while n1 breaks down. */
async function pairOnN1AndN2(story: Story, names: readonly string[]): Promise<void> {
  await story.varve('resource-group create pair --place-count 2 --storage-pool thin')
  const n2 = story.machine('n2')
  for (const name of names) {
    await story.varve(`resource-group spawn pair ${name} 1G --nodes n1,n2`)
    await n2.opens(name)
    await n2.writes(name, 1, 'before')
  }
  await story.machine('n1').losesPower()
  await story.eventually('health', /Node n1 has been offline .* varve node lost n1/s)
  for (const name of names) await n2.writes(name, 2, 'meanwhile')
}
