import { mkdtempSync, rmSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { hashOf } from './block.ts'
import { type Journal, openJournal } from './journal.ts'
import { memoryLog } from './memory.ts'
import { AppendUnclear } from './port.ts'
import { LogsDiverge, reconcile, restoreTail } from './reconcile.ts'
import { testBlocks } from './testing.ts'
import { logWriter } from './writer.ts'

const directory = mkdtempSync(join(tmpdir(), 'varve-reconcile-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
let count = 0

async function journalOf(blocks: readonly Uint8Array[]): Promise<Journal> {
  const journal = await openJournal(join(directory, `journal-${count++}`))
  if (blocks.length > 0) await journal.append(blocks)
  return journal
}

const blocks = testBlocks(100)
/** Another leader's blocks after the first `after` common ones. */
const others = (after: number, term: number) => {
  const prev = blocks[after - 1]
  return [
    ...blocks.slice(0, after),
    ...testBlocks(3, { term, ...(prev && { prev: hashOf(prev) }) }),
  ]
}

describe('at start', () => {
  it('a new journal is filled from the stream', async () => {
    await using journal = await journalOf([])
    expect(await reconcile(journal, memoryLog(blocks))).toEqual({ filled: 100, missing: 0 })
    expect(journal.last.sequence).toBe(100)
  })

  it('a journal that was away catches up', async () => {
    await using journal = await journalOf(blocks.slice(0, 60))
    expect(await reconcile(journal, memoryLog(blocks))).toEqual({ filled: 40, missing: 0 })
    expect((await journal.at(100))?.bytes).toEqual(blocks[99])
  })

  it('a stream that lost its tail gets it back from the journal, from the leader only', async () => {
    await using journal = await journalOf(blocks)
    const stream = memoryLog(blocks)
    stream.loseTail(7)
    expect(await reconcile(journal, stream)).toEqual({ filled: 0, missing: 7 })
    expect((await stream.last())?.sequence).toBe(93)
    expect(await restoreTail(journal, stream)).toBe(7)
    expect(hashOf((await stream.last())?.bytes ?? blocks[0])).toBe(journal.last.hash)
    expect(await restoreTail(journal, stream)).toBe(0)
  })

  it.each([1, 2, 50, 99])('a contradiction from block %i on is named, not decided', async (k) => {
    await using journal = await journalOf(blocks)
    const stream = memoryLog(others(k - 1, 9))
    const [ours, theirs] = [
      await journal.hashAt(k),
      hashOf((await stream.at(k))?.bytes ?? blocks[0]),
    ]
    await expect(reconcile(journal, stream)).rejects.toThrow(
      `differ from block ${k} on: the journal has ${ours}, the stream ${theirs}`,
    )
    expect(journal.last.sequence).toBe(100)
    expect((await stream.last())?.sequence).toBe(k + 2)
  })

  it('a block of a deposed leader that nobody was told of is set aside', async () => {
    await using journal = await journalOf(blocks)
    const stream = memoryLog(others(99, 2))
    const { setAside, ...rest } = await reconcile(journal, stream)
    expect(rest).toEqual({ filled: 3, missing: 0 })
    expect(setAside?.sequence).toBe(100)
    expect(await readFile(setAside?.file ?? '')).toEqual(blocks[99])
    expect(journal.last.sequence).toBe(102)
  })

  it('but not when the other block is of the same term: one leader writes a place once', async () => {
    await using journal = await journalOf(blocks)
    const other = others(99, 1)
    other[99] = Buffer.from(String(other[99]).replace('"id":0', '"id":"other"'))
    await expect(reconcile(journal, memoryLog(other.slice(0, 100)))).rejects.toThrow(LogsDiverge)
  })
})

describe('the writer', () => {
  it('answers when both have the block', async () => {
    await using journal = await journalOf([])
    const stream = memoryLog()
    const writer = logWriter(journal, stream)
    expect(await writer.append(blocks[0])).toMatchObject({ kind: 'stored', sequence: 1 })
    expect(await writer.append(blocks[1])).toMatchObject({ kind: 'stored', sequence: 2 })
    expect(journal.last.sequence).toBe(2)
    expect((await stream.last())?.sequence).toBe(2)
  })

  it('takes a refused block out of the journal again, so the journal stays the log', async () => {
    await using journal = await journalOf(blocks.slice(0, 50))
    const stream = memoryLog(others(50, 2))
    const result = await logWriter(journal, stream).append(blocks[50] ?? blocks[0])
    expect(result.kind).toBe('deposed')
    expect(journal.last.sequence).toBe(50)
    expect(await reconcile(journal, stream)).toEqual({ filled: 3, missing: 0 })
  })

  it('leaves a block of unknown fate in the journal; the next start finds out', async () => {
    await using journal = await journalOf(blocks.slice(0, 50))
    const stream = memoryLog(blocks.slice(0, 50))
    const silent = {
      ...stream,
      append: async () => {
        throw new AppendUnclear(51, 'silence')
      },
    }
    const block = blocks[50] ?? blocks[0]
    await expect(logWriter(journal, silent).append(block)).rejects.toThrow(AppendUnclear)
    expect(await reconcile(journal, stream)).toEqual({ filled: 0, missing: 1 })
    expect(await restoreTail(journal, stream)).toBe(1)
  })
})
