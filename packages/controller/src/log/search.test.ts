/** Reading backwards finds exactly what reading all of it would, page by page. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answerQuery, type History } from '@varve/projections'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Book } from '../book.ts'
import { pastWorld } from '../serve/read-source.ts'
import { readEntries } from './block.ts'

const golden = new URL('../../testdata/golden/0.1.0.journal', import.meta.url).pathname
const lines = readFileSync(golden, 'utf8')
  .trim()
  .split('\n')
  .map((line) => Buffer.from(line))
const directory = mkdtempSync(join(tmpdir(), 'varve-search-'))
let book: Book
beforeAll(async () => {
  book = await Book.open(directory, pino({ level: 'silent' }))
  await book.journal.append(lines)
  await book.load()
})
afterAll(async () => {
  await book[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

async function search(args: object): Promise<History> {
  const world = pastWorld({ cluster: 'c', name: 'c1', version: '0' }, book, book)
  const outcome = await answerQuery(world, 'history', args)
  if (!outcome.ok) throw new Error(outcome.refusal.refused)
  return outcome.data as History
}

const entries = lines.flatMap((line, at) =>
  readEntries(line).map((entry) => ({ ...entry, sequence: at + 1 })),
)
const sequencesOf = (wanted: (entry: (typeof entries)[number]) => boolean) =>
  entries
    .filter(wanted)
    .map(({ sequence }) => sequence)
    .reverse()

it.each([
  [{ command: 'snapshot.create' }, (type: string) => type === 'snapshot.create'],
  [{ command: 'snapshot' }, (type: string) => type.startsWith('snapshot.')],
  [{ command: 'delete' }, (type: string) => type.endsWith('.delete')],
])('%o', async (args, isWanted) => {
  const { rows } = await search({ ...args, limit: 1000 })
  expect(rows.map((row) => row.sequence)).toEqual(
    sequencesOf(({ command }) => isWanted(command.type)),
  )
})

it('goes on where the last page ended, until all is seen', async () => {
  const wanted = sequencesOf(({ actor }) => actor.kind === 'policy')
  const found: number[] = []
  for (let before: number | undefined = Number.MAX_SAFE_INTEGER; before !== undefined; ) {
    const page: History = await search({ actor: 'policy', limit: 3, before })
    found.push(...page.rows.map((row) => row.sequence))
    before = page.next
  }
  expect(found).toEqual(wanted)
})

it('keeps to the time between two moments, and to a node in any spelling', async () => {
  const [since, until] = [{ sequence: 20 }, { timeMs: entries[60]?.at ?? 0 }]
  const { rows } = await search({ since, until, limit: 1000 })
  const at = until.timeMs
  expect(rows.map((row) => row.sequence)).toEqual(
    sequencesOf((entry) => entry.sequence >= 20 && entry.at <= at),
  )
  const onNode = await search({ node: 'N5', command: 'node.modify', limit: 1000 })
  expect(onNode.rows.length).toBe(2)
})
