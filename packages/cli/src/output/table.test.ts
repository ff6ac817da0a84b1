import { expect, test } from 'vitest'
import { colored, plain } from './style.ts'
import { type Column, renderTable } from './table.ts'
import { renderTree } from './tree.ts'

type Row = { name: string; size: number; note: string }
const columns: Column<Row>[] = [
  { title: 'NAME', cell: (row) => row.name },
  { title: 'SIZE', cell: (row) => String(row.size), isNumber: true },
  { title: 'NOTE', cell: (row) => ({ text: row.note, color: 'red' }) },
]
const rows: Row[] = [
  { name: 'a', size: 1, note: 'short' },
  { name: 'longer', size: 1000, note: 'a note that is rather long' },
]

test('columns are as wide as their content, numbers to the right', () => {
  expect(renderTable(columns, rows, { style: plain })).toEqual([
    'NAME    SIZE  NOTE',
    'a          1  short',
    'longer  1000  a note that is rather long',
  ])
})

test('on a narrow terminal the last column gives way, so that no line wraps', () => {
  const lines = renderTable(columns, rows, { style: plain, width: 30 })
  expect(lines[2]).toBe('longer  1000  a note that is …')
  expect(Math.max(...lines.map((line) => line.length))).toBe(30)
})

test('colours go around the padded text, so that columns stay in line', () => {
  const [head = '', first = ''] = renderTable(columns, rows, { style: colored })
  expect(head).toContain('\u001b[1mNAME')
  expect(first).toContain('\u001b[31mshort')
})

test('an object is shown in lines: sizes, ages and times in words, empty fields left out', () => {
  const lines = renderTree({
    name: 'web',
    sizeKib: 1536,
    ageMs: 90_000,
    createdAt: 0,
    isReady: true,
    empty: [],
    props: { 'Aux/siteName': 'x' },
    ports: [1, 2],
    list: [{ a: 1, b: { c: 2 } }],
  })
  expect(lines).toEqual([
    'name: web',
    'size: 1.5 MiB',
    'age: 1 minute',
    'created at: 1970-01-01 00:00:00',
    'is ready: yes',
    'props:',
    '  Aux/siteName: x',
    'ports: 1, 2',
    'list:',
    '  - a: 1',
    '    b:',
    '      c: 2',
  ])
})
