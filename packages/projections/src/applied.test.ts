import type { DocumentPositions } from '@varve/events'
import { expect, test } from 'vitest'
import { changeSettled } from './applied.ts'
import { exampleReports, exampleStory, report, seen } from './testing/example.ts'
import type { World } from './world.ts'

/** The example, with documents of `web` that changed at 20, and n2 that is at `from`. */
function changed(from: number, told?: DocumentPositions): World {
  const reports = exampleReports()
  const n2 = report('web', 'n2', { applied: { term: 1, from } })
  const world = exampleStory().world(
    seen({ ...reports, resources: { ...reports.resources, 'web/n2': n2 } }),
  )
  const documents = ['n1', 'n2', 'n3'].map((node) => ({ definition: 'web', node, from: 20 }))
  return { ...world, documents: async () => told ?? { upTo: 20, documents } }
}

test('a change is taken over when each node is at the document that has it', async () => {
  expect(await changeSettled(changed(20), 20, 'web')).toMatchObject({ isSettled: true })
  expect(await changeSettled(changed(19), 20, 'web')).toEqual({
    isSettled: false,
    isBlocked: false,
    waiting: ['n2 has not taken over what is new of web'],
  })
})

test('what had not come about before is not the concern of a change', async () => {
  const documents = [{ definition: 'web', node: 'n2', from: 20 }]
  const told = changed(19, { upTo: 25, documents })
  expect(await changeSettled(told, 25, 'web')).toMatchObject({ isSettled: true })
})

test('what others have changed since is not waited for', async () => {
  expect(await changeSettled(changed(19), 19)).toMatchObject({ isSettled: true })
})

test('what changes no document is taken over at once; what is not published is not', async () => {
  const nothing = changed(1, { upTo: 30, documents: [] })
  expect(await changeSettled(nothing, 30)).toMatchObject({ isSettled: true })
  const early = changed(1, { upTo: 29, documents: [] })
  expect(await changeSettled(early, 30)).toMatchObject({ isSettled: false, isBlocked: false })
})

test('a node that is away is named, and waiting alone does not help', async () => {
  const world = changed(19)
  const node = world.state.nodes.get('n2')
  if (!node) throw new Error('the example has n2')
  world.state.nodes.set('n2', { ...node, link: { status: 'offline', since: world.now - 60_000 } })
  expect(await changeSettled(world, 20, 'web')).toEqual({
    isSettled: false,
    isBlocked: true,
    waiting: ['n2 (offline for 1 minute) has not taken over what is new of web'],
  })
})
