import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { genesis } from '@varve/events'
import { afterAll, expect, it } from 'vitest'
import { hashOf } from './block.ts'
import { openJournal } from './journal.ts'
import { testBlocks } from './testing.ts'

const directory = mkdtempSync(join(tmpdir(), 'varve-journal-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))
let count = 0
const newPath = () => join(directory, `journal-${count++}`)

it('begins empty, at the genesis hash', async () => {
  await using journal = await openJournal(newPath())
  expect(journal.last).toEqual({ sequence: 0, hash: genesis })
  expect(await journal.at(1)).toBeUndefined()
})

it('refuses a block that does not follow, and stays usable', async () => {
  await using journal = await openJournal(newPath())
  const [first, second] = testBlocks(2)
  await expect(journal.append([second])).rejects.toThrow('block 1 does not follow')
  await journal.append([first])
  await expect(journal.append([first])).rejects.toThrow('block 2 does not follow')
  await journal.append([second])
  expect(journal.last.sequence).toBe(2)
})

it('takes back the last line, and goes on from the one before', async () => {
  const path = newPath()
  const blocks = testBlocks(130)
  await using journal = await openJournal(path)
  await journal.append(blocks)
  for (let line = 130; line > 126; line--) {
    await expect(journal.retract(line - 1)).rejects.toThrow('only the last line')
    await journal.retract(line)
    expect(journal.last).toEqual({
      sequence: line - 1,
      hash: hashOf(blocks[line - 2] ?? blocks[0]),
    })
  }
  await journal.append(blocks.slice(126))
  expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(131)
  expect(journal.last.hash).toBe(hashOf(blocks[129] ?? blocks[0]))
})

it('has no two writes at once', async () => {
  await using journal = await openJournal(newPath())
  const [first, second] = testBlocks(2)
  const both = await Promise.allSettled([journal.append([first]), journal.append([second])])
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
})

it('reads a range that begins anywhere', async () => {
  await using journal = await openJournal(newPath())
  await journal.append(testBlocks(200))
  for (const from of [1, 64, 65, 66, 199, 200, 201]) {
    const seen: number[] = []
    await journal.scan(from, ({ sequence }) => seen.push(sequence))
    expect(seen).toHaveLength(201 - from)
    if (from <= 200) expect(seen[0]).toBe(from)
  }
})

it('says which line is damaged', async () => {
  const path = newPath()
  const lines = testBlocks(4).map(String)
  lines[2] = lines[2]?.replace('"entries"', '"ENTRIES"') ?? ''
  await writeFile(path, `${lines.join('\n')}\n`)
  await expect(openJournal(path)).rejects.toThrow(/journal line 4 is corrupt: it follows/)
  lines[3] = 'not a block'
  await writeFile(path, `${lines.join('\n')}\n`)
  await expect(openJournal(path)).rejects.toThrow('journal line 4 is corrupt: it is not a block')
})
