import { Block, type Entry, genesis } from '@varve/events'
import { TestCluster } from '@varve/testing'
import { expect, test } from 'vitest'
import { headOf, printBlock, printEntry, readEntries, readFolded } from './block.ts'

/** Entries of a placement, with names that are more than one byte a letter. */
function entries(): readonly Entry[] {
  const cluster = new TestCluster()
  for (const node of ['n1', 'n2', 'n3']) cluster.node(node)
  const filter = { placeCount: 2 }
  cluster.must('resource-group.create', { group: 'fast', filter, description: 'schnell – 速い' })
  cluster.must('resource-group.spawn', { group: 'fast', definition: 'web', sizesKib: [1024] })
  return cluster.entries
}

const blockOf = (given: readonly Entry[]) =>
  printBlock({ term: 3, prev: genesis }, given.map(printEntry))

test('a block is read as the entries that it was printed of', () => {
  const given = entries()
  const bytes = blockOf(given)
  expect(headOf(bytes)).toEqual({ term: 3, prev: genesis })
  expect(readEntries(bytes)).toEqual(given)
  expect(given.some(({ explain }) => explain !== undefined)).toBe(true)
  expect(Block.safeParse(JSON.parse(bytes.toString())).error).toBeUndefined()
})

test('the fold reads events and outcomes, and none of the details', () => {
  const given = entries()
  const folded = readFolded(blockOf(given))
  expect(folded).toEqual(
    given.map(({ explain: _, command: { type }, ...entry }) => ({ ...entry, command: { type } })),
  )
})

test('a block of another version is told apart from a damaged one', () => {
  const text = blockOf(entries()).toString()
  expect(() => readFolded(Buffer.from(text.replace('"v":1', '"v":2')))).toThrow('of version 2')
  expect(() => readEntries(Buffer.from(text.replace('"v":1', '"v":2')))).toThrow('of version 2')
  expect(() => readFolded(Buffer.from(text.replace('"folded"', '"fold"')))).toThrow('another form')
})
