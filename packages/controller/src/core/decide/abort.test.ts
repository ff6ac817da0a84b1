/** Operations are turned back where there is a way back; else it is said why not. */
import { resourceOf } from '@varve/events'
import { gib, TestCluster } from '@varve/testing'
import { expect, test } from 'vitest'

const definition = 'web'

function cluster(): TestCluster {
  const made = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) made.node(node)
  const props = { 'DrbdOptions/auto-add-quorum-tiebreaker': 'false' }
  made.must('resource-definition.create', { definition, props })
  made.must('volume-definition.create', { definition, sizeKib: gib })
  for (const node of ['n1', 'n2']) {
    made.must('resource.create', { definition, node, pool: 'thin' })
    made.deploy(definition, node)
  }
  return made
}

const running = (made: TestCluster) => [...made.state.operations.values()]
const abort = (made: TestCluster) =>
  made.must('operation.abort', { operation: running(made)[0]?.id ?? '' })

test('a move: until its target is whole that gives its disk up again, after that both stay', () => {
  const made = cluster()
  made.must('resource.toggle-disk', { definition, node: 'n3', migrateFrom: 'n1' })
  abort(made)
  expect(running(made).map(({ kind }) => kind)).toEqual(['remove-disk'])
  expect(resourceOf(made.state, definition, 'n1')?.leaving).toBeUndefined()
  made.deploy(definition, 'n3')

  made.must('resource.toggle-disk', { definition, node: 'n3', migrateFrom: 'n1' })
  made.open(definition, 'n1')
  made.deploy(definition, 'n3')
  abort(made)
  expect(running(made)).toEqual([])
  made.open(definition, 'n1', 'Secondary')
  made.deploy(definition, 'n1')
  expect(resourceOf(made.state, definition, 'n1')?.phase.status).toBe('live')
})

test('an evacuation', () => {
  const made = cluster()
  made.must('node.evacuate', { node: 'n1' })
  abort(made)
  expect(running(made)).toEqual([])
  expect(made.state.nodes.get('n1')?.evacuation).toBeUndefined()
})

test('what cannot come back says so, and what does not run is not found', () => {
  const made = cluster()
  made.must('resource.delete', { definition, node: 'n1' })
  const operation = running(made)[0]?.id ?? ''
  expect(made.refusal('operation.abort', { operation })).toEqual({
    code: 'cannot-abort',
    text: `Operation ${operation} (delete-resource) cannot be aborted: what is gone already cannot come back.`,
  })
  expect(made.refusal('operation.abort', { operation: 'none' }).code).toBe('not-found')
})
