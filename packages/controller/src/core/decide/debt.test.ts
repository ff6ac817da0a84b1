/** Deleting with a node that is away: the name is free at once, and the node pays when it returns. */
import { definitionOf, resourceOf } from '@varve/events'
import { gib, TestCluster } from '@varve/testing'
import { expect, test } from 'vitest'
import { compileDefinition } from '../desired/compile.ts'

const definition = 'web'

/** `web` on n1 and n2, whole; n2 is away; n3 is free. */
function cluster(): TestCluster {
  const made = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) made.node(node)
  define(made)
  for (const node of ['n1', 'n2']) {
    made.must('resource.create', { definition, node, pool: 'thin' })
    made.deploy(definition, node)
  }
  made.must('fact.node-offline', { node: 'n2' })
  return made
}

function define(made: TestCluster): void {
  const props = { 'DrbdOptions/auto-add-quorum-tiebreaker': 'false' }
  made.must('resource-definition.create', { definition, props })
  made.must('volume-definition.create', { definition, sizeKib: gib })
}

const running = (made: TestCluster) => [...made.state.operations.values()].map(({ kind }) => kind)
const back = (made: TestCluster, node: string) => {
  const row = made.state.nodes.get(node)
  if (!row?.capabilities) throw new Error(`${node} was never there`)
  const { capabilities } = row
  made.must('fact.node-online', { node, boot: `again-${node}`, uname: node, capabilities })
}

test('the definition goes without the absent node, which owes exactly what it had', () => {
  const made = cluster()
  const owner = made.state.volumes.get('web/n2/0')?.origin.entry
  made.must('resource-definition.delete', { definition, waiveCleanup: ['n2'] })
  expect(running(made)).toEqual(['delete-resource-definition'])
  made.confirmGone(definition, 'n1')
  expect(running(made)).toEqual([])
  expect(definitionOf(made.state, definition)).toBeUndefined()
  const [document] = compileDefinition(made.state, definition)
  expect(document).toMatchObject({
    node: 'n2',
    state: 'absent',
    layers: ['DRBD', 'STORAGE'],
    volumes: [{ storage: { name: 'web_00000', backing: 'vg/thin', owner } }],
  })
})

test('the name is used again elsewhere, and there only when it is clean', () => {
  const made = cluster()
  made.must('resource-definition.delete', { definition, waiveCleanup: ['n2'] })
  made.confirmGone(definition, 'n1')
  define(made)
  back(made, 'n2')
  const wanted = { definition, node: 'n2', pool: 'thin' }
  expect(made.refusal('resource.create', wanted)).toEqual({
    code: 'debt-open',
    text: 'Node n2 still has what it had of web before.',
  })
  made.must('resource.auto-place', { definition, filter: { placeCount: 2 } })
  expect(resourceOf(made.state, definition, 'n2')).toBeUndefined()
  expect(compileDefinition(made.state, definition).map(({ node, state }) => [node, state])).toEqual(
    [
      ['n1', 'present'],
      ['n3', 'present'],
      ['n2', 'absent'],
    ],
  )
  made.confirmGone(definition, 'n2')
  expect(made.state.debts.size).toBe(0)
  made.must('resource.create', wanted)
})

test('what a node confirms of an older document pays nothing', () => {
  const made = cluster()
  const before = made.sequence
  made.must('resource.delete', { definition, node: 'n2', waiveCleanup: true })
  made.deploy(definition, 'n2', { absent: true, volumes: [], from: before })
  expect(made.state.debts.size).toBe(1)
})

test('a move to the node that is left out ends with it, and its source stays', () => {
  const made = cluster()
  made.must('resource.create', { definition, node: 'n3', kind: 'diskless' })
  made.must('resource.toggle-disk', { definition, node: 'n3', pool: 'thin', migrateFrom: 'n1' })
  expect(running(made)).toEqual(['migrate-disk'])
  made.must('fact.node-offline', { node: 'n3' })
  made.must('resource.delete', { definition, node: 'n3', waiveCleanup: true })
  expect(running(made)).toEqual([])
  expect(resourceOf(made.state, definition, 'n1')).toMatchObject({ kind: 'diskful' })
  expect(resourceOf(made.state, definition, 'n1')?.leaving).toBeUndefined()
})

test('a deletion that waits already is waived as well', () => {
  const made = cluster()
  made.must('resource.delete', { definition, node: 'n2' })
  expect(running(made)).toEqual(['delete-resource'])
  made.must('resource.delete', { definition, node: 'n2', waiveCleanup: true })
  expect(running(made)).toEqual([])
  expect(made.state.debts.size).toBe(1)
})

test('only for a node that is away altogether', () => {
  const made = cluster()
  expect(made.refusal('resource.delete', { definition, node: 'n1', waiveCleanup: true }).text).toBe(
    'Node n1 cannot be left out: it is online, and removes what it has by itself.',
  )
  made.open(definition, 'n1', 'Secondary')
  const seen = made.resources.get('web/n1')
  const connections = [{ peer: 'n2', state: 'Connected', volumes: [] }]
  if (seen) made.resources.set('web/n1', { ...seen, connections })
  expect(
    made.refusal('resource-definition.delete', { definition, waiveCleanup: ['n2'] }).text,
  ).toContain('only its satellite is away: web is connected from there to n1')
})

test('a dead Primary does not keep its name for ever', () => {
  const made = cluster()
  made.open(definition, 'n2')
  expect(made.refusal('resource-definition.delete', { definition }).code).toBe('in-use')
  made.must('resource-definition.delete', { definition, waiveCleanup: ['n2'] })
})

test('a debt is forgiven by hand, and goes with its node', () => {
  const made = cluster()
  made.must('resource.delete', { definition, node: 'n2', waiveCleanup: true })
  made.must('debt.forgive', { definition, node: 'n2' })
  expect(made.state.debts.size).toBe(0)
  expect(made.refusal('debt.forgive', { definition, node: 'n2' }).code).toBe('not-found')
})
