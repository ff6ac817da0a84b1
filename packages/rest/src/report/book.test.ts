import { expect, test } from 'vitest'
import { ReportBook, type Sighting } from './book.ts'

const failing = (more: Partial<Sighting> = {}): Sighting => ({
  place: 'web/n1',
  cause: 'lvcreate/5',
  at: 1_000,
  attempts: 1,
  node: 'n1',
  module: 'SATELLITE',
  operation: 'Resource web on node n1: create storage',
  summary: 'no space left',
  command: 'lvcreate -n web_00000 vg0',
  outcome: 'exit status 5',
  output: 'no space left',
  ...more,
})

test('the same failure is one report that counts, with its first and last time', () => {
  const book = new ReportBook()
  const id = book.note(failing())
  expect(book.note(failing())).toBe(id)
  book.note(failing({ attempts: 4, at: 9_000 }))
  expect(book.list()).toMatchObject([
    { id, count: 4, firstAt: 1_000, lastAt: 9_000, isOver: false },
  ])
  expect(id).toMatch(/^[0-9A-F]{8}-[0-9A-F]{5}-\d{6}$/)
})

test('it is there when it is over, and goes on counting when it comes again', () => {
  const book = new ReportBook()
  book.note(failing({ attempts: 3 }))
  book.over('web/n1')
  expect(book.list()).toMatchObject([{ count: 3, isOver: true }])
  book.note(failing({ attempts: 1, at: 7_000 }))
  expect(book.list()).toMatchObject([{ count: 4, firstAt: 1_000, lastAt: 7_000, isOver: false }])
})

test('another failure in its place ends it', () => {
  const book = new ReportBook()
  book.note(failing())
  book.note(failing({ cause: 'lvcreate/3', at: 2_000, summary: 'busy' }))
  expect(book.list().map(({ summary, isOver }) => [summary, isOver])).toEqual([
    ['busy', false],
    ['no space left', true],
  ])
})

test('one that was deleted comes back when it has failed anew, and not before', () => {
  const book = new ReportBook()
  book.note(failing({ attempts: 2 }))
  expect(book.remove(() => true)).toBe(1)
  book.note(failing({ attempts: 2 }))
  expect(book.list()).toEqual([])
  book.note(failing({ attempts: 3 }))
  expect(book.list()).toMatchObject([{ count: 1 }])
})

test('there are never more of them than 500, and the oldest goes; what tools say is cut', () => {
  const book = new ReportBook()
  for (let index = 0; index < 600; index += 1) {
    book.note(failing({ place: `web${index}/n1`, at: index, output: 'x'.repeat(10_000) }))
  }
  const rows = book.list()
  expect([rows.length, rows[0]?.lastAt, rows.at(-1)?.lastAt]).toEqual([500, 599, 100])
  expect(rows[0]?.output.length).toBe(4 * 1024)
})

test('what is written down is there after a start; what is no book is nothing', () => {
  const before = new ReportBook()
  before.note(failing({ attempts: 2 }))
  const after = new ReportBook()
  after.restore(before.print())
  expect(after.list()).toEqual(before.list().map((row) => ({ ...row, isOver: true })))
  for (const text of ['', '{', '[{"id":1}]', 'null']) {
    const book = new ReportBook()
    book.restore(text)
    expect(book.list()).toEqual([])
  }
})
