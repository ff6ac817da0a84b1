import type { ObservedResource } from '@varve/events'
import { expect, test } from 'vitest'
import { exampleReports, exampleStory, report, seen } from '../testing/example.ts'
import { stuckOf } from './stuck.ts'

/** `web` with such disks on n1 and n2. */
function web(disks: Readonly<Record<'n1' | 'n2', string>>) {
  const reports = exampleReports()
  const resources: Record<string, ObservedResource> = { ...reports.resources }
  for (const [node, disk] of Object.entries(disks)) {
    const { volumes } = report('web', node, {})
    const changed = volumes.map((volume) => ({ ...volume, disk }) as typeof volume)
    resources[`web/${node}`] = report('web', node, { volumes: changed })
  }
  return { story: exampleStory(), observed: seen({ ...reports, resources }) }
}

test('when every copy counts as old it is said, and how somebody chooses one', () => {
  const { story, observed } = web({ n1: 'Outdated', n2: 'Outdated' })
  const [found, ...more] = stuckOf(story.world(observed), 'resource-definition/web')
  expect(more).toEqual([])
  expect(found?.sentence).toBe(
    'Volume 0 of web is on all its nodes, and none of them counts as the newest: Outdated on n1, Outdated on n2.',
  )
  expect(found?.waysOut.join(' ')).toContain('drbdadm primary --force web')
})

test('nobody is told to force anything while one is good, or a node is away', () => {
  const { story, observed } = web({ n1: 'Outdated', n2: 'UpToDate' })
  expect(stuckOf(story.world(observed), 'resource-definition/web')).toEqual([])
  const both = web({ n1: 'Outdated', n2: 'Outdated' })
  both.story.tell('fact.node-offline', [{ type: 'node.disconnected', node: 'n2' }])
  const told = stuckOf(both.story.world(both.observed), 'resource-definition/web')
  expect(JSON.stringify(told)).not.toContain('--force')
})
