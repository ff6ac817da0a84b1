/** Undone, it is as before; refused where it cannot be, with the reason. */
import { isRefusal, type Refusal, refusalText } from '@varve/events'
import { gib, TestCluster } from '@varve/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { intentPage } from '../intent/export.ts'
import { stepOf, type Undo, undoOf } from './undo.ts'

type Sent = Parameters<TestCluster['send']>
type Changed = { undo: Undo | Refusal; cluster: TestCluster; before: string }

const intentOf = ({ state }: TestCluster) => JSON.stringify(intentPage(state, {}).rows)

function cluster(): TestCluster {
  const made = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) made.node(node)
  made.must('resource-group.create', { group: 'fast', filter: { placeCount: 2 } })
  return made
}

/** The command is sent, `since` happens, and what would undo it is asked. */
function after(type: Sent[0], args: object, since: (of: TestCluster) => void = () => {}): Changed {
  const made = cluster()
  const before = intentOf(made)
  const old = made.refold()
  const count = made.entries.length
  // Tests send what fits.
  made.must(type, args as never)
  const entries = made.entries.slice(count)
  since(made)
  return { undo: undoOf(stepOf(old, entries, 0), made.state, true), cluster: made, before }
}

function undone({ undo, cluster: made }: Changed): string {
  if (isRefusal(undo)) throw new Error(refusalText(undo))
  expect(undo.impossible).toEqual([])
  for (const { type, args } of undo.commands) made.must(type, args as never)
  for (const { definition, node } of [...made.state.resources.values()]) {
    if (made.state.definitions.get(definition)?.phase.status === 'deleting') {
      made.confirmGone(definition, node)
    }
  }
  return intentOf(made)
}

const told = ({ undo }: Changed) => (isRefusal(undo) ? refusalText(undo) : undo.commands)

test.each([
  ['controller.modify', { setProps: { 'Aux/owner': 'ada' } }],
  ['node.modify', { node: 'n1', setProps: { 'Aux/rack': 'r1', PrefNic: 'default' } }],
  ['node.create', { node: 'n9', address: '10.0.0.9' }],
  ['net-interface.create', { node: 'n1', name: 'data', address: '10.9.0.1' }],
  ['storage-pool.create', { node: 'n1', pool: 'more', provider: 'LVM', backing: 'vg9' }],
  ['storage-pool-definition.create', { pool: 'slow' }],
  ['resource-group.create', { group: 'new', filter: { placeCount: 3 } }],
  ['resource-group.modify', { group: 'fast', filter: { placeCount: 3, layers: ['STORAGE'] } }],
  ['resource-group.delete', { group: 'fast' }],
  ['resource-definition.create', { definition: 'empty' }],
  ['resource-group.spawn', { group: 'fast', definition: 'web', sizesKib: [gib] }],
] as const)('%s: afterwards all is as before', (type, args) => {
  const changed = after(type, args)
  expect(undone(changed)).toBe(changed.before)
})

test('what no command takes away is named', () => {
  const { undo } = after('resource-group.modify', { group: 'fast', description: 'three' })
  expect(undo).toMatchObject({
    impossible: ['resource-group/fast had no description before, and no command takes one away'],
  })
})

test('where somebody has gone on from it, it stays', () => {
  const change = { group: 'fast', setProps: { 'Aux/a': '1' } }
  const changed = after('resource-group.modify', change, (made) =>
    made.must('resource-group.modify', { group: 'fast', setProps: { 'Aux/b': '2' } }),
  )
  expect(told(changed)).toBe('It cannot be undone: resource-group/fast was changed since.')
})

test('what happens elsewhere is no hindrance', () => {
  const changed = after('node.modify', { node: 'n1', setProps: { 'Aux/a': '1' } }, (made) =>
    made.must('node.modify', { node: 'n2', setProps: { 'Aux/a': '2' } }),
  )
  expect(told(changed)).toEqual([
    { type: 'node.modify', args: { node: 'n1', deleteProps: ['Aux/a'] } },
  ])
})

test('data that is gone does not come back by a command', () => {
  const made = cluster()
  made.must('resource-group.spawn', { group: 'fast', definition: 'web', sizesKib: [gib] })
  const old = made.refold()
  const count = made.entries.length
  made.must('resource-definition.delete', { definition: 'web' })
  const undo = undoOf(stepOf(old, made.entries.slice(count), 0), made.state, true)
  expect(isRefusal(undo) && refusalText(undo)).toContain('the data of its volumes is gone')
})

test('data does not go with it unless that is asked for', () => {
  const made = cluster()
  const old = made.refold()
  const count = made.entries.length
  made.must('resource-group.spawn', { group: 'fast', definition: 'web', sizesKib: [gib] })
  const step = stepOf(old, made.entries.slice(count), 0)
  expect(undoOf(step, made.state, false)).toMatchObject({
    commands: [],
    left: ['resource-definition/web'],
  })
})

test('any change of properties, whatever was there before', () => {
  const keys = fc.constantFrom('Aux/a', 'Aux/b', 'Aux/c/d')
  const props = fc.dictionary(keys, fc.constantFrom('1', '2', '3'))
  fc.assert(
    fc.property(props, props, fc.array(keys), (first, setProps, deleteProps) => {
      const made = cluster()
      made.send('node.modify', { node: 'n1', setProps: first })
      const before = intentOf(made)
      const old = made.refold()
      const count = made.entries.length
      made.send('node.modify', { node: 'n1', setProps, deleteProps })
      const entries = made.entries.slice(count)
      if (entries.length === 0) return
      const undo = undoOf(stepOf(old, entries, 0), made.state, false)
      if (isRefusal(undo)) {
        expect(intentOf(made)).toBe(before)
        return
      }
      for (const { type, args } of undo.commands) made.must(type, args as never)
      expect(intentOf(made)).toBe(before)
    }),
  )
})
