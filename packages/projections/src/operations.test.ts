import { grossKib, type VarveEvent } from '@varve/events'
import { expect, test } from 'vitest'
import { stuckOf } from './explain/stuck.ts'
import { waitsFor, waitsForPeers } from './operations.ts'
import { definitionSettled, operationSettled } from './settled.ts'
import { began, exampleReports, exampleStory, gib, report, seen } from './testing/example.ts'
import type { World } from './world.ts'

const operation = '01000000000000000000000018'

const only = (world: World) => {
  const found = world.state.operations.get(operation)
  if (!found) throw new Error('the operation is over')
  return waitsFor(world, found).map((wait) => `${wait.node} ${wait.what}`)
}

function resizing(more: VarveEvent[] = []) {
  const story = exampleStory()
  const volume = { definition: 'web', number: 0 }
  story.tell('volume-definition.resize', [
    {
      type: 'operation.started',
      operation,
      kind: 'resize-volume-definition',
      target: 'volume-definition/web/0',
    },
    { type: 'volume-definition.resize-started', ...volume, sizeKib: 20 * gib, operation },
  ])
  story.tell('fact.resource-observed', more)
  return story
}
const deployed = (node: string, sizeKib: number): VarveEvent => ({
  type: 'volume.deployed',
  definition: 'web',
  node,
  number: 0,
  sizeKib,
})

test('a deletion waits for every node that has not confirmed', () => {
  const story = exampleStory()
  story.tell('resource-definition.delete', [
    {
      type: 'operation.started',
      operation,
      kind: 'delete-resource-definition',
      target: 'resource-definition/web',
    },
    { type: 'resource-definition.deletion-started', definition: 'web', operation },
    { type: 'resource.deleted', definition: 'web', node: 'n3' },
  ])
  const world = story.world(seen(exampleReports()))
  expect(only(world)).toEqual(['n1 to remove web', 'n2 to remove web'])
  expect(definitionSettled(world, 'web')).toEqual({
    isSettled: false,
    waiting: ['n1 to remove web', 'n2 to remove web'],
    isBlocked: false,
  })
})

test('a resize waits for storage, metadata included, then for the node that grows DRBD', () => {
  const size = 20 * gib
  expect(only(resizing().world())).toHaveLength(2)
  const almost = resizing([deployed('n1', grossKib(size, 7)), deployed('n2', size)])
  expect(only(almost.world())).toEqual(['n2 to grow the storage of volume 0 of web'])
  const grown = resizing([
    deployed('n1', grossKib(size, 7)),
    deployed('n2', grossKib(size, 7)),
    { type: 'volume-definition.storage-grown', definition: 'web', number: 0, resizer: 'n2' },
  ])
  expect(only(grown.world())).toEqual(['n2 to grow DRBD on volume 0 of web'])
})

test('replicas that do not hear each other are not settled, however good their disks are', () => {
  const story = resizing([
    { type: 'volume-definition.resized', definition: 'web', number: 0 },
    { type: 'operation.finished', operation },
  ])
  const apart = { connections: [{ peer: 'n2', state: 'Connecting', volumes: [] }] }
  const { resources, ...others } = exampleReports()
  const reports = { ...others, resources: { ...resources, 'web/n1': report('web', 'n1', apart) } }
  expect(definitionSettled(story.world(seen(reports)), 'web')).toEqual({
    isSettled: false,
    isBlocked: false,
    waiting: ['web on n1 is Connecting to n2', 'web on n1 is not connected to n3'],
  })
})

test('an operation that is over is settled', () => {
  const story = resizing([
    { type: 'volume-definition.resized', definition: 'web', number: 0 },
    { type: 'operation.finished', operation },
  ])
  const world = story.world(seen(exampleReports()))
  expect(operationSettled(world, operation).isSettled).toBe(true)
  expect(definitionSettled(world, 'web').isSettled).toBe(true)
  expect(definitionSettled(world, 'gone').isSettled).toBe(true)
})

test('waiting for nodes that are all away does not help', () => {
  const story = resizing([deployed('n1', grossKib(20 * gib, 7))])
  story.tell('fact.node-offline', [{ type: 'node.disconnected', node: 'n2' }])
  expect(operationSettled(story.world(), operation)).toMatchObject({ isBlocked: true })
})

test('a removed replica keeps its node-id until each diskful peer has forgotten it', () => {
  const story = exampleStory()
  story.tell('fact.resource-observed', [
    { type: 'resource.deleted', definition: 'web', node: 'n2' },
  ])
  const waits = waitsForPeers(story.world(), 'web')
  expect(waits).toMatchObject([{ node: 'n1', what: 'to forget node-id 1 of web' }])
})

test('what is stuck is told with who, how long, the failing command and the ways out', () => {
  const story = resizing()
  story.tell('fact.node-offline', [{ type: 'node.disconnected', node: 'n2' }])
  const failure = {
    step: 'grow-volume',
    argv: ['lvextend', '-L', '20G', 'vg/web_00000'],
    exitCode: 5,
    stderr: 'insufficient free space\n',
    at: began,
  }
  const now = began + 3_600_000
  const reports = exampleReports()
  const resources = {
    ...reports.resources,
    'web/n1': report('web', 'n1', { status: 'failed', failure, retryAt: now + 30_000 }),
  }
  const world = story.world(seen({ ...reports, resources }), now)
  const [first] = stuckOf(world, 'resource-definition/web')
  expect(first).toEqual({
    subject: 'volume-definition/web/0',
    sentence:
      'resize-volume-definition of volume-definition/web/0 (01000000000000000000000018) has been running for 59 minutes and waits for n1 to grow the storage of volume 0 of web; last attempt: grow-volume: lvextend -L 20G vg/web_00000: exit status 5: insufficient free space; tried again in 30 seconds; n2 (offline for 59 minutes) to grow the storage of volume 0 of web.',
    waysOut: [
      'Repair what the command complains about on n1; it tries again in 30 seconds.',
      'Start the satellite on n2; it goes on by itself.',
      'If n2 will never come back: varve node lost n2',
    ],
  })
  expect(stuckOf(world, 'resource-group/rg')).toEqual([])
  expect(stuckOf(world).length).toBeGreaterThanOrEqual(2)
})

test('of a dead node that had it open, a person is told what to say so that it goes', () => {
  const story = exampleStory()
  story.tell('node.evict', [
    { type: 'node.disconnected', node: 'n1' },
    { type: 'operation.started', operation, kind: 'evacuate-node', target: 'node/n1' },
    { type: 'node.evacuation-started', node: 'n1', operation },
    { type: 'resource.replacement-started', definition: 'web', node: 'n1', operation },
  ])
  const [told] = stuckOf(story.world(seen(exampleReports())), 'node/n1')
  expect(told?.sentence).toMatch(/n1 \(offline for .*\) to let go of web, which was last seen open/)
  expect(told?.waysOut.join('\n')).toMatch('varve resource delete web n1 --waive-cleanup')
})
