/**
 * A node was down for a long time and comes back with old data, first without its network.
 * Nobody can be given the old for the new. Simulator; test/lab/replicated.test.ts has a node that
 * comes back on real kernels.
 */
import { expect, test } from 'vitest'
import { tell } from './story.ts'

test.concurrent('old data is not opened, and is brought up to date', async () => {
  await using story = await tell({ nodes: ['n1', 'n2', 'n3'] })
  await story.varve('resource-group create pair --place-count 2 --storage-pool thin')
  await story.varve('resource-group spawn pair web 1G')
  await story.isWell('web')
  const [old, good] = (await story.storedOn('web')).map(story.machine)
  if (!old || !good) throw new Error('web has two replicas')
  await old.opens('web')
  await old.writes('web', 1, 'in spring')
  await old.losesPower()
  await good.opens('web')
  await good.writes('web', 1, 'in autumn')
  await story.varve('volume-definition resize web 0 2G --async')

  // The power is back before the cables are.
  story.cutCables(old.name)
  await old.comesBack()
  await story.eventually('health', new RegExp(`web on ${old.name} has no quorum`))
  expect(old.cannotOpen('web')).toBe('Wrong medium type')
  expect(good.reads('web')).toBe('1=in autumn')

  story.mendCables()
  await story.isWell('web')
  expect(old.holds('web')).toBe('1=in autumn')
  expect(await story.varve('volume-definition list')).toMatch(/2 GiB/)
})

test.concurrent('a node that was declared lost takes nothing away and gives nothing back by itself', async () => {
  await using story = await tell({ nodes: ['n1', 'n2', 'n3'] })
  await story.varve('resource-definition create web')
  await story.varve('volume-definition create web 1G')
  await story.varve('resource create web n1 n2 --storage-pool thin')
  const [n1, n2] = [story.machine('n1'), story.machine('n2')]
  await n2.opens('web')
  await n2.writes('web', 1, 'before')
  await n1.losesPower()
  await story.eventually('node list', /n1 .*offline/i)
  await story.varve('node lost n1 --reason "it burned"')
  await n2.writes('web', 2, 'after')

  // It had only been smoke.
  await n1.comesBack()
  await story.varve('resource auto-place web --place-count 2')
  await story.isWell('web')
  expect(await story.storedOn('web')).toEqual(['n2', 'n3'])
  expect(story.machine('n3').holds('web')).toBe('1=before 2=after')
  expect(n2.reads('web')).toBe('1=before 2=after')
  expect(n1.logicalVolumes()).toContain('web_00000')
})
