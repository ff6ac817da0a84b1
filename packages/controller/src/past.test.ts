/** Any moment of a real log, asked for in any order, is what its blocks fold to. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRefusal, type Moment, refusalText } from '@varve/events'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { foldLines, stateHash } from './book.ts'
import { readEntries } from './log/block.ts'
import { writeCheckpoint } from './log/checkpoint.ts'
import { type Journal, openJournal } from './log/journal.ts'
import { emptyMemory, foldBlock, memoryLines } from './memory.ts'
import { Past } from './past.ts'

const golden = new URL('../testdata/golden/0.1.0.journal', import.meta.url).pathname
const lines = readFileSync(golden, 'utf8').trim().split('\n')
const directory = mkdtempSync(join(tmpdir(), 'varve-past-'))
let journal: Journal
beforeAll(async () => {
  journal = await openJournal(join(directory, 'journal'))
  await journal.append(lines.map((line) => Buffer.from(line)))
  const memory = emptyMemory()
  for (const to of [20, 45]) {
    const from = memory.state.position.sequence + 1
    await journal.scan(from, (block) => foldBlock(memory, block), to)
    const { sequence, hash: blockHash } = memory.state.position
    await writeCheckpoint(directory, { sequence, blockHash, lines: memoryLines(memory) })
  }
})
afterAll(async () => {
  await journal.close()
  rmSync(directory, { recursive: true, force: true })
})

const at = (past: Past, moment: Moment, end = lines.length) =>
  past.at(moment, end, async ({ state }) => ({
    sequence: state.position.sequence,
    hash: stateHash(state),
  }))

it('is the fold of the blocks up to then, whatever was asked before', async () => {
  const hashes = lines.map((_, i) => stateHash(foldLines(lines.slice(0, i + 1))))
  const moments = fc.array(fc.integer({ min: 1, max: lines.length }), { maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(moments, async (sequences) => {
      const past = new Past(directory, journal)
      const answers = sequences.map((sequence) => at(past, { sequence }))
      expect(await Promise.all(answers)).toEqual(
        sequences.map((sequence) => ({ sequence, hash: hashes[sequence - 1] })),
      )
    }),
    { numRuns: 40 },
  )
})

it('takes the last block that began by a time', async () => {
  const past = new Past(directory, journal)
  const begins = lines.map((line) => readEntries(Buffer.from(line))[0]?.at ?? 0)
  for (const timeMs of [begins[0] ?? 0, begins[30] ?? 0, (begins[30] ?? 0) + 1, 1e15]) {
    const sequence = begins.findLastIndex((begin) => begin <= timeMs) + 1
    expect(await at(past, { timeMs })).toMatchObject({ sequence })
  }
})

it('refuses what the log does not reach, and goes on answering', async () => {
  const past = new Past(directory, journal)
  const refusals = [await at(past, { sequence: 41 }, 40), await at(past, { timeMs: 0 })]
  expect(refusals.map((one) => isRefusal(one) && refusalText(one))).toEqual([
    'The log has no sequence 41: it reaches from 1 to 40.',
    'The log begins at 1970-01-01T00:16:40.001Z, after 1970-01-01T00:00:00.000Z.',
  ])
  expect(await at(past, { sequence: 40 }, 40)).toMatchObject({ sequence: 40 })
})
