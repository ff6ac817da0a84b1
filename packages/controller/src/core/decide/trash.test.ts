/** The trash: what is deleted is closed everywhere, and comes back as it was. */
import { definitionOf, nodeOf, resourceOf } from '@varve/events'
import { gib, TestCluster, typesOf } from '@varve/testing'
import { expect, test } from 'vitest'
import { compileResource } from '../desired/compile.ts'

const definition = 'web'
const retention = { 'Varve/Trash/Retention': '60' }

/** `web` on n1 and n2, whole, in a cluster that keeps what is deleted for an hour. */
function given(props: Record<string, string> = retention): TestCluster {
  const cluster = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) cluster.node(node)
  cluster.must('controller.modify', { setProps: props })
  cluster.must('resource-definition.create', { definition })
  cluster.must('volume-definition.create', { definition, sizeKib: gib })
  for (const node of ['n1', 'n2']) {
    cluster.must('resource.create', { definition, node, pool: 'thin' })
  }
  for (const node of ['n1', 'n2']) cluster.deploy(definition, node)
  cluster.runPolicies()
  return cluster
}

const document = ({ state }: TestCluster, node = 'n1') => {
  const found = compileResource(state, definition, node)
  return found?.state === 'present' ? found : undefined
}
const status = ({ state }: TestCluster) => definitionOf(state, definition)?.phase.status

test('it is closed on its nodes with all its storage, and comes back with the same document', () => {
  const cluster = given()
  const before = document(cluster)
  const reserved = cluster.state.poolUsage.get('n1/thin')
  expect(typesOf(cluster.must('resource-definition.delete', { definition }))).toEqual([
    'resource-definition.put-into-trash',
  ])
  expect(document(cluster)).toEqual({ ...before, inactive: cluster.sequence })
  // What is there is counted, as before.
  expect(cluster.state.poolUsage.get('n1/thin')).toEqual(reserved)
  expect(cluster.send('resource-definition.delete', { definition })).toEqual([])
  cluster.must('trash.restore', { definition })
  expect(document(cluster)).toEqual(before)
  expect(status(cluster)).toBe('live')
})

test('its name stays taken, and nothing is changed about it meanwhile', () => {
  const cluster = given()
  cluster.must('resource-definition.delete', { definition })
  const code = (refused: { code: string }) => refused.code
  expect(code(cluster.refusal('resource-definition.create', { definition }))).toBe('in-trash')
  expect(code(cluster.refusal('resource.delete', { definition, node: 'n1' }))).toBe('in-trash')
  const resize = { definition, number: 0, sizeKib: 2 * gib }
  expect(code(cluster.refusal('volume-definition.resize', resize))).toBe('in-trash')
  const more = { definition, node: 'n3', pool: 'thin' }
  expect(code(cluster.refusal('resource.create', more))).toBe('in-trash')
  expect(code(cluster.refusal('snapshot.create', { definition, snapshot: 's1' }))).toBe('in-trash')
})

test('when its time is over it goes for good, unless the policy is off', () => {
  const cluster = given()
  cluster.must('resource-definition.delete', { definition })
  expect(cluster.runPolicies(59)).toEqual([])
  expect(typesOf(cluster.runPolicies(2))).toContain('resource-definition.deletion-started')
  for (const node of ['n1', 'n2', 'n3']) cluster.confirmGone(definition, node)
  expect(status(cluster)).toBeUndefined()
  const kept = given({ ...retention, 'Varve/Policy/trash': 'off' })
  kept.must('resource-definition.delete', { definition })
  expect(kept.runPolicies(600)).toEqual([])
  expect(status(kept)).toBe('trashed')
})

test('whoever takes over the lead empties it in time as well', () => {
  const cluster = given()
  cluster.must('resource-definition.delete', { definition })
  cluster.changeLeader()
  expect(cluster.runPolicies(59)).toEqual([])
  expect(typesOf(cluster.runPolicies(2))).toContain('resource-definition.deletion-started')
})

test('without a retention, or told to skip it, deleting is deleting', () => {
  for (const [props, skipTrash] of [
    [{ 'Varve/Trash/Retention': '0' }, false],
    [retention, true],
  ] as const) {
    const cluster = given(props)
    cluster.must('resource-definition.delete', { definition, skipTrash })
    expect(status(cluster)).toBe('deleting')
  }
})

test('what is in the trash can be purged; what is not, can be neither purged nor taken back', () => {
  const cluster = given()
  for (const command of ['trash.purge', 'trash.restore'] as const) {
    expect(cluster.refusal(command, { definition }).code).toBe('not-found')
  }
  cluster.must('resource-definition.delete', { definition })
  cluster.must('trash.purge', { definition })
  expect(status(cluster)).toBe('deleting')
  expect(cluster.refusal('trash.restore', { definition }).code).toBe('being-deleted')
})

test('what is open, being changed or of a layer that cannot just be closed does not go there', () => {
  const open = given()
  open.open(definition, 'n1')
  expect(open.refusal('resource-definition.delete', { definition }).code).toBe('in-use')
  const busy = given()
  busy.must('volume-definition.resize', { definition, number: 0, sizeKib: 2 * gib })
  expect(busy.refusal('resource-definition.delete', { definition })).toMatchObject({
    code: 'not-for-trash',
    text: expect.stringContaining('its volume 0 is being changed'),
  })
})

test('a node that is emptied says what it waits for; a lost one takes only its own replica', () => {
  const cluster = given()
  cluster.must('resource-definition.delete', { definition })
  cluster.must('node.evacuate', { node: 'n1' })
  cluster.must('evacuation.plan', { definition, node: 'n1' })
  const { blocked } = resourceOf(cluster.state, definition, 'n1') ?? {}
  expect(blocked?.problem).toContain('varve trash restore web')
  cluster.must('fact.node-offline', { node: 'n1' })
  cluster.must('node.lost', { node: 'n1' })
  expect(nodeOf(cluster.state, 'n1')).toBeUndefined()
  cluster.must('trash.restore', { definition })
  expect(document(cluster, 'n2')?.inactive).toBeUndefined()
})
