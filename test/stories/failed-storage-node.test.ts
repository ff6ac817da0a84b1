/**
 * A storage node is gone for good and a new one takes its place: redundancy is back, the volume
 * was in use all the time. Simulator; test/lab/troubled.test.ts replaces disks on real kernels.
 */
import { expect, test } from 'vitest'
import { tell } from './story.ts'

test('by hand: the node is declared lost, and what it had is placed anew', async () => {
  await using story = await tell({ nodes: ['n1', 'n2', 'n3', 'n4'] })
  await story.varve('resource-group create pair --place-count 2 --storage-pool thin')
  for (const name of ['web', 'db']) {
    await story.varve(`resource-group spawn pair ${name} 1G --nodes n1,n2`)
  }
  const n2 = story.machine('n2')
  for (const name of ['web', 'db']) {
    await n2.opens(name)
    await n2.writes(name, 1, 'before')
  }
  await story.machine('n1').losesPower()
  await story.eventually('health', /Node n1 has been offline .* varve node lost n1/s)
  for (const name of ['web', 'db']) await n2.writes(name, 2, 'meanwhile')

  await story.varve('node lost n1 --reason "its mainboard is gone"')
  expect(await story.varve('node list')).not.toMatch(/n1/)
  await story.eventually('health', /web has 1 of the 2 replicas .* resource auto-place web/s)
  for (const name of ['web', 'db']) {
    await story.varve(`resource auto-place ${name} --place-count 2`)
    await story.isWell(name)
    const [, other = ''] = await story.storedOn(name)
    expect(story.machine(other).holds(name)).toBe('1=before 2=meanwhile')
    await n2.writes(name, 3, 'after')
    expect(story.machine(other).holds(name)).toBe('1=before 2=meanwhile 3=after')
  }
})
