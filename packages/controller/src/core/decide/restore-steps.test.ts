/** Restoring in LINSTOR's three steps, and what a clone has of its source. */
import { type Layer, volumeDefinitionOf } from '@varve/events'
import { gib, TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'

const to = { definition: 'web', snapshot: 's1', to: 'old' }

/** Snapshot s1 of web, a pair with properties of its users and of ours. */
function snapped(layers: Layer[] = ['DRBD', 'STORAGE']): TestCluster {
  const cluster = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) cluster.node(node)
  cluster.must('resource-group.create', { group: 'gold' })
  cluster.must('resource-group.spawn', {
    group: 'DfltRscGrp',
    definition: 'web',
    sizesKib: [gib],
    filter: { placeCount: 2, layers },
    props: { 'Aux/owner': 'alice', 'Aux/done': 'yes' },
  })
  const setProps = { 'FileSystem/Type': 'ext4' }
  cluster.must('volume-definition.modify', { definition: 'web', number: 0, setProps })
  deploy(cluster)
  cluster.must('snapshot.create', { definition: 'web', snapshot: 's1' })
  for (const state of ['suspended', 'taken', 'kept'] as const) report(cluster, 's1', state)
  return cluster
}

const nodesOf = (cluster: TestCluster, definition: string) =>
  cluster.state.resources.by('definition', definition).map(({ node }) => node)

function deploy(cluster: TestCluster, more: object = {}) {
  for (const node of nodesOf(cluster, 'web')) cluster.deploy('web', node, more)
}

function report(cluster: TestCluster, snapshot: string, state: 'suspended' | 'taken' | 'kept') {
  const row = cluster.state.snapshots.get(`web/${snapshot}`)
  deploy(cluster, { snapshots: [{ snapshot, owner: row?.origin.entry ?? '', state }] })
}

test('volumes first, then their content: as if it had been restored at once', () => {
  const cluster = snapped()
  cluster.must('resource-definition.create', { definition: 'old', group: 'gold' })
  cluster.must('snapshot.restore-volume-definitions', to)
  const made = volumeDefinitionOf(cluster.state, 'old', 0)
  expect(made).toMatchObject({ sizeKib: gib, props: { 'FileSystem/Type': 'ext4' } })
  expect(made?.initialized).toBeFalsy()
  const placed = cluster.must('snapshot.restore-resources', { ...to, nodes: ['n2'] })
  expect(typesOf(placed)).not.toContain('volume-definition.format-chosen')
  expect(cluster.state.volumes.get('old/n2/0')?.from).toEqual({
    definition: 'web',
    snapshot: 's1',
  })
  expect(volumeDefinitionOf(cluster.state, 'old', 0)).toMatchObject({
    initialized: true,
    day0: volumeDefinitionOf(cluster.state, 'web', 0)?.day0,
  })
})

test('each step says no to what it would spoil', () => {
  const cluster = snapped()
  const refused = (type: 'snapshot.restore-volume-definitions' | 'snapshot.restore-resources') =>
    cluster.refusal(type, to).code
  expect(refused('snapshot.restore-volume-definitions')).toBe('not-found')
  cluster.must('resource-definition.create', { definition: 'old' })
  expect(refused('snapshot.restore-resources')).toBe('in-use')
  cluster.must('volume-definition.create', { definition: 'old', sizeKib: gib })
  // Of the right size, but of another generation than the content.
  expect(refused('snapshot.restore-resources')).toBe('in-use')
  expect(refused('snapshot.restore-volume-definitions')).toBe('exists')
  cluster.must('volume-definition.delete', { definition: 'old', number: 0 })
  cluster.must('snapshot.restore-volume-definitions', to)
  cluster.must('snapshot.restore-resources', to)
  expect(refused('snapshot.restore-resources')).toBe('exists')
})

test('what was written through one stack is not read through another', () => {
  const cluster = snapped()
  cluster.must('resource-definition.create', { definition: 'old', layers: ['STORAGE'] })
  const { code, text } = cluster.refusal('snapshot.restore-volume-definitions', to)
  expect([code, text]).toEqual(['invalid-layers', expect.stringContaining('DRBD,STORAGE')])
})

test('a clone has its source’s properties but those that differ, and may be of another group', () => {
  const cluster = snapped()
  cluster.must('resource-definition.clone', {
    definition: 'web',
    to: 'copy',
    group: 'gold',
    setProps: { 'Aux/owner': 'bob' },
    deleteProps: ['Aux/done'],
  })
  for (const state of ['suspended', 'taken', 'kept'] as const) report(cluster, 'clone_copy', state)
  const copy = cluster.state.definitions.get('copy')
  expect(copy).toMatchObject({ group: 'gold', props: { 'Aux/owner': 'bob' } })
  expect(copy?.props).not.toHaveProperty('Aux/done')
  expect(volumeDefinitionOf(cluster.state, 'copy', 0)?.props).toEqual({ 'FileSystem/Type': 'ext4' })
})

test('differences that cannot be are refused before anything is taken', () => {
  const cluster = snapped()
  const clone = { definition: 'web', to: 'copy' }
  const wrong = { setProps: { 'DrbdOptions/Net/max-buffers': 'many' } }
  expect(cluster.refusal('resource-definition.clone', { ...clone, group: 'none' }).code).toBe(
    'not-found',
  )
  expect(cluster.refusal('resource-definition.clone', { ...clone, ...wrong }).code).toBe(
    'invalid-property',
  )
})
