import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Table } from './table.ts'

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
    blue: table.keysBy('colour', 'blue'),
    reds: table.countBy('colour', 'red'),
  }
}

const indexes = { colour: (row: Row) => row.colour }

test('a fork of a fork holds what a plain table with the same edits holds, also once committed', () => {
  fc.assert(
    fc.property(fc.array(edit), fc.array(edit), fc.array(edit), (first, second, third) => {
      const plain = new Table<Row>(indexes)
      apply(plain, [...first, ...second, ...third])

      const base = new Table<Row>(indexes)
      apply(base, first)
      const before = contents(base)
      const middle = base.fork()
      apply(middle, second)
      const top = middle.fork()
      apply(top, third)
      expect(contents(top)).toEqual(contents(plain))
      expect(contents(base)).toEqual(before)

      top.commit()
      middle.commit()
      expect(contents(base)).toEqual(contents(plain))
    }),
  )
})
