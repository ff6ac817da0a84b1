import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Table } from './table.ts'
import { UndoLog } from './undo.ts'

type Row = { readonly colour: string | undefined; readonly value: number }
const edit = fc.record({
  key: fc.constantFrom('a', 'b', 'c', 'd'),
  row: fc.option(
    fc.record({
      colour: fc.constantFrom('red', 'blue', undefined),
      value: fc.integer({ min: 0, max: 9 }),
    }),
    { nil: undefined },
  ),
})
type Edit = { key: string; row: Row | undefined }

function apply(table: Table<Row>, edits: readonly Edit[]): void {
  for (const { key, row } of edits) {
    if (row === undefined) table.delete(key)
    else table.set(key, row)
  }
}

function contents(table: Table<Row>) {
  return {
    size: table.size,
    rows: table.keys().map((key) => [key, table.get(key)]),
    red: table.keysBy('colour', 'red'),
    blue: table.by('colour', 'blue'),
    reds: table.countBy('colour', 'red'),
  }
}

const indexes = { moving: { colour: (row: Row) => row.colour } }

test('what is taken back was never there, what is kept is there as if nobody could take it back', () => {
  const parts = fc.array(fc.record({ edits: fc.array(edit), isKept: fc.boolean() }))
  fc.assert(
    fc.property(fc.array(edit), parts, fc.boolean(), (first, inner, isKept) => {
      const undo = new UndoLog()
      const table = new Table<Row>(indexes, undo)
      const plain = new Table<Row>(indexes)
      apply(table, first)
      apply(plain, first)
      const before = contents(table)
      const outer = undo.begin()
      for (const part of inner) {
        const mark = undo.begin()
        apply(table, part.edits)
        undo.end(mark, part.isKept)
        if (part.isKept) apply(plain, part.edits)
        expect(contents(table)).toEqual(contents(plain))
      }
      undo.end(outer, isKept)
      expect(contents(table)).toEqual(isKept ? contents(plain) : before)
    }),
  )
})

test('a list of keys stays what it was, and many keys of one value are in order, too', () => {
  const keys = fc.uniqueArray(fc.integer({ min: 0, max: 60 }).map((n) => `k${n}`))
  fc.assert(
    fc.property(keys, keys, (come, go) => {
      const table = new Table<Row>({ fixed: { colour: () => 'red' } })
      const there = new Set<string>()
      for (const key of come) {
        const before = table.keysBy('colour', 'red')
        const copy = [...before]
        for (const value of [0, 1]) table.set(key, { colour: 'red', value })
        there.add(key)
        expect(before).toEqual(copy)
      }
      for (const key of go) {
        table.delete(key)
        there.delete(key)
        expect(table.keysBy('colour', 'red')).toEqual([...there].sort())
        expect(table.countBy('colour', 'red')).toBe(there.size)
      }
    }),
  )
})
