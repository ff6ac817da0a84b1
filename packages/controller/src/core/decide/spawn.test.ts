import { resourcesOf, volumeDefinitionsOf } from '@varve/events'
import { gib, TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'

function threeNodes(): TestCluster {
  const cluster = new TestCluster()
  for (const name of ['n1', 'n2', 'n3']) cluster.node(name)
  cluster.must('resource-group.create', {
    group: 'fast',
    filter: { placeCount: 2, pools: ['thin'] },
  })
  return cluster
}

test('spawn makes definition, volume and two replicas with the same port, minor 1000 and a source', () => {
  const cluster = threeNodes()
  const events = cluster.must('resource-group.spawn', {
    group: 'fast',
    definition: 'web',
    sizesKib: [10 * gib],
  })
  expect(events.slice(0, 7)).toMatchObject([
    { type: 'resource-definition.created', definition: 'web', group: 'fast', peerSlots: 7 },
    { type: 'volume-definition.created', number: 0, sizeKib: 10 * gib, minor: 1000 },
    { type: 'resource.created', node: 'n1', nodeId: 0, ports: [7000], kind: 'diskful' },
    { type: 'volume.created', node: 'n1', number: 0, pool: 'thin' },
    { type: 'resource.created', node: 'n2', nodeId: 1, ports: [7000], kind: 'diskful' },
    { type: 'volume.created', node: 'n2', number: 0, pool: 'thin' },
    { type: 'volume-definition.source-chosen', node: 'n1', number: 0 },
  ])
})

test('two replicas get a tie-breaker on the third node and quorum by majority, as policies', () => {
  const cluster = threeNodes()
  cluster.must('resource-group.spawn', { group: 'fast', definition: 'web', sizesKib: [gib] })
  expect(resourcesOf(cluster.state, 'web').map(({ node, kind }) => [node, kind])).toEqual([
    ['n1', 'diskful'],
    ['n2', 'diskful'],
    ['n3', 'tie-breaker'],
  ])
  const [spawn, ...followUps] = cluster.entries.slice(-3)
  expect(followUps.map(({ actor, cause }) => [actor.kind, actor.name, cause])).toEqual([
    ['policy', 'tie-breaker', spawn?.id],
    ['policy', 'quorum', spawn?.id],
  ])
  expect(cluster.state.definitions.get('web')?.props).toMatchObject({
    'DrbdOptions/Resource/quorum': 'majority',
  })
})

test('a third replica takes the tie-breaker over and keeps its numbers', () => {
  const cluster = threeNodes()
  cluster.must('resource-group.spawn', { group: 'fast', definition: 'web', sizesKib: [gib] })
  const before = resourcesOf(cluster.state, 'web').find((row) => row.node === 'n3')
  const events = cluster.must('resource.auto-place', {
    definition: 'web',
    filter: { placeCount: 3 },
  })
  expect(typesOf(events)).toEqual(['resource.kind-changed', 'volume.created'])
  const after = resourcesOf(cluster.state, 'web').find((row) => row.node === 'n3')
  expect(after).toMatchObject({ kind: 'diskful', nodeId: before?.nodeId, ports: before?.ports })
})

test('the minor, the ports and the name are free again when the nodes have confirmed the deletion', () => {
  const cluster = threeNodes()
  cluster.must('resource-group.spawn', { group: 'fast', definition: 'web', sizesKib: [gib] })
  cluster.must('resource-definition.delete', { definition: 'web' })
  cluster.confirmGone('web', 'n1')
  cluster.confirmGone('web', 'n2')
  expect(
    cluster.refusal('resource-group.spawn', { group: 'fast', definition: 'web', sizesKib: [gib] }),
  ).toMatchObject({ code: 'being-deleted' })
  expect(typesOf(cluster.confirmGone('web', 'n3'))).toEqual([
    'resource.deleted',
    'resource-definition.deleted',
    'operation.finished',
  ])
  cluster.must('resource-group.spawn', { group: 'fast', definition: 'web', sizesKib: [gib] })
  expect(volumeDefinitionsOf(cluster.state, 'web')[0]?.minor).toBe(1000)
  expect(resourcesOf(cluster.state, 'web')[0]?.ports).toEqual([7000])
})

test('the same command id again changes nothing: the outcome is remembered', () => {
  const cluster = threeNodes()
  const id = cluster.newId()
  cluster.send('resource-definition.create', { definition: 'once' }, id)
  expect(cluster.state.outcomes.get(id)).toMatchObject({ type: 'resource-definition.create' })
})

test('nothing is left of a spawn that is refused half-way', () => {
  const cluster = threeNodes()
  const before = cluster.entries.length
  expect(
    cluster.refusal('resource-group.spawn', {
      group: 'fast',
      definition: 'web',
      sizesKib: [gib],
      filter: { placeCount: 4 },
    }),
  ).toMatchObject({ code: 'not-enough-nodes' })
  expect(cluster.entries.length).toBe(before)
  expect(cluster.state.definitions.has('web')).toBe(false)
  expect(cluster.state.numbers.has('minors', 1000)).toBe(false)
})

test('sizes out of range are refused with the limits, and so are too few or too many', () => {
  const cluster = threeNodes()
  const spawn = (sizesKib: number[]) =>
    cluster.refusal('resource-group.spawn', { group: 'fast', definition: 'web', sizesKib })
  expect(spawn([0]).text).toBe('Volume size 0 KiB is outside 4 KiB to 1 PiB.')
  expect(spawn([2 ** 40 + 1]).text).toBe('Volume size 1099511627777 KiB is outside 4 KiB to 1 PiB.')
  expect(spawn([])).toMatchObject({ code: 'invalid-arguments' })
  cluster.must('volume-group.create', { group: 'fast' })
  cluster.must('volume-group.create', { group: 'fast' })
  expect(spawn([gib])).toMatchObject({ code: 'invalid-sizes' })
})
