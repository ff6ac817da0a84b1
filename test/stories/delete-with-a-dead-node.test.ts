/**
 * A volume is deleted while one of its nodes is away: the others are rid of it at once, the one
 * that is waited for is named, and what it holds goes when it is back. Simulator;
 * test/lab/replicated.test.ts does so on real kernels.
 */
import { expect, test } from 'vitest'
import { type Story, tell } from './story.ts'

async function pairWithDeadN2(): Promise<Story> {
  const story = await tell({ nodes: ['n1', 'n2'] })
  await story.varve('resource-definition create web')
  await story.varve('volume-definition create web 1G')
  await story.varve('resource create web n1 n2 --storage-pool thin')
  await story.machine('n2').losesPower()
  await story.eventually('node list', /n2 .*offline/i)
  return story
}

test.concurrent('it waits for the node by name, and is done when that is back', async () => {
  await using story = await pairWithDeadN2()
  const { code, err } = await story.type('resource-definition delete web --timeout 3')
  expect(code).toBe(10)
  expect(err).toMatch(/n2 .*to remove web/)
  expect(await story.varve('explain stuck web')).toMatch(/waits for n2 .*to remove web/)
  expect(story.machine('n1').logicalVolumes()).toEqual(['thin'])

  await story.machine('n2').comesBack()
  await story.simulated.untilGone('web')
  expect(story.machine('n2').logicalVolumes()).toEqual(['thin'])
})

test.concurrent('a node that never comes back is declared lost, and the name is free', async () => {
  await using story = await pairWithDeadN2()
  await story.varve('resource-definition delete web --async')
  await story.varve('node lost n2')
  await story.simulated.untilGone('web')
  await story.varve('resource-definition create web')
  await story.varve('volume-definition create web 1G')
  await story.varve('resource create web n1 --storage-pool thin')
  await story.isWell('web')
})

test.concurrent('nobody waits: the name is free at once, and the node pays when it returns', async () => {
  await using story = await pairWithDeadN2()
  await story.type('resource-definition delete web --timeout 3')
  expect(await story.varve('explain stuck web')).toContain('--waive-cleanup n2')
  await story.varve('resource-definition delete web --waive-cleanup n2')
  await story.simulated.untilGone('web')
  expect(await story.varve('debts')).toMatch(/n2 .*web .*vg0\/thin: web_00000 .*when n2 returns/)

  await story.machine('n2').comesBack()
  await story.eventually('debts', /^(?!.*web)/s)
  expect(story.machine('n2').logicalVolumes()).toEqual(['thin'])
})
