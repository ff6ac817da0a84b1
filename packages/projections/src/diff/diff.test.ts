import { expect, it } from 'vitest'
import { diffRecords } from './diff.ts'

const made = (entry: string) => ({ origin: { entry, at: 1, sequence: 1 } })
const group = { name: 'gold', filter: { placeCount: 2 }, props: { 'Aux/a': '1' }, ...made('e1') }

it('tells what was added, removed and changed, field by field, in the order of names', () => {
  const before = new Map<string, object>([
    ['resource-group/gold', group],
    ['node/n1', { name: 'n1', interfaces: [], ...made('e2') }],
  ])
  const changed = { ...group, filter: { placeCount: 3 }, props: { 'Aux/b': '1' } }
  const after = new Map<string, object>([
    ['resource-group/gold', changed],
    ['node/n2', { name: 'n2', interfaces: [{ name: 'default' }], ...made('e3') }],
  ])
  expect(diffRecords(before, after)).toEqual([
    {
      object: 'node/n1',
      change: 'removed',
      fields: [
        { field: 'interfaces', from: '[]' },
        { field: 'name', from: 'n1' },
      ],
    },
    {
      object: 'node/n2',
      change: 'added',
      fields: [
        { field: 'interfaces', to: '[{"name":"default"}]' },
        { field: 'name', to: 'n2' },
      ],
    },
    {
      object: 'resource-group/gold',
      change: 'changed',
      fields: [
        { field: 'filter.placeCount', from: '2', to: '3' },
        { field: 'props.Aux/a', from: '1' },
        { field: 'props.Aux/b', to: '1' },
      ],
    },
  ])
})

it('says nothing of what only looks different', () => {
  const before = new Map<string, object>([['resource-group/gold', group]])
  expect(diffRecords(before, new Map(before))).toEqual([])
  const copy = { ...group, description: undefined, origin: { ...group.origin, sequence: 9 } }
  expect(diffRecords(before, new Map([['resource-group/gold', copy]]))).toEqual([])
})

it('knows an object that was made anew from one that was changed', () => {
  const before = new Map<string, object>([['resource-group/gold', group]])
  const after = new Map([['resource-group/gold', { ...group, description: 'x', ...made('e9') }]])
  expect(diffRecords(before, after)).toMatchObject([{ change: 'replaced' }])
})

it('never shows a key, although it is encrypted', () => {
  const volume = { name: 'v', luksKey: 'AAAA', ...made('e1') }
  const [change] = diffRecords(
    new Map([['v', volume]]),
    new Map([['v', { ...volume, luksKey: 'B' }]]),
  )
  expect(change?.fields).toEqual([{ field: 'luksKey', from: '(encrypted)', to: '(encrypted)' }])
})
