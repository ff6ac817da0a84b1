import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { genesis } from '@varve/events'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { hashOf } from './block.ts'
import { openJournal } from './journal.ts'
import { JournalCorrupt } from './journal-scan.ts'

const directory = mkdtempSync(join(tmpdir(), 'varve-journal-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Blocks chained like real ones, with texts of all lengths and alphabets. */
function chain(texts: readonly string[]): Uint8Array[] {
  let prev = genesis
  return texts.map((text, i) => {
    const bytes = Buffer.from(JSON.stringify({ v: 1, term: 1 + i, prev, entries: [text] }))
    prev = hashOf(bytes)
    return bytes
  })
}

const blocks = fc
  .array(fc.string({ unit: 'binary', maxLength: 40 }), { minLength: 1, maxLength: 12 })
  .map(chain)
const path = join(directory, 'journal')
const file = (lines: readonly Uint8Array[]) =>
  Buffer.concat(lines.flatMap((bytes) => [bytes, Buffer.from('\n')]))

/** What the journal at `path` holds, through its own reader. */
async function reopen(): Promise<string[]> {
  const seen: string[] = []
  await using _journal = await openJournal(path, ({ bytes }) => seen.push(bytes.toString()))
  return seen
}

it('cut at any byte, it opens with the longest whole prefix, and can be continued', async () => {
  const cases = fc.tuple(blocks, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(300))
  await fc.assert(
    fc.asyncProperty(cases, async ([lines, where, zeros]) => {
      const whole = file(lines)
      const size = Math.floor(where * whole.length)
      // After a power cut a file may have grown by pages that were never written.
      await writeFile(path, Buffer.concat([whole.subarray(0, size), Buffer.alloc(zeros)]))
      const kept = whole.subarray(0, size).toString('latin1').split('\n').length - 1
      {
        await using journal = await openJournal(path)
        expect(journal.last.sequence).toBe(kept)
        expect(journal.last.hash).toBe(kept === 0 ? genesis : hashOf(lines[kept - 1] ?? whole))
        await journal.append(lines.slice(kept))
      }
      expect(await readFile(path)).toEqual(whole)
    }),
  )
})

it('names the line of any changed byte before the last line, and changes nothing', async () => {
  const two = blocks.filter((lines) => lines.length > 1)
  await fc.assert(
    fc.asyncProperty(two, fc.nat(), fc.integer({ min: 1, max: 255 }), async (lines, at, flip) => {
      const damaged = file(lines)
      const lastLine = (lines.at(-1)?.length ?? 0) + 1
      const place = at % (damaged.length - lastLine)
      // Only a zero byte for the newline before it makes the last line look unfinished.
      fc.pre(damaged[place] !== flip)
      damaged[place] = (damaged[place] ?? 0) ^ flip
      await writeFile(path, damaged)
      await expect(reopen()).rejects.toThrow(JournalCorrupt)
      expect(await readFile(path)).toEqual(damaged)
    }),
  )
})

it('gives back what was appended, in any portions, and any line by its number', async () => {
  await fc.assert(
    fc.asyncProperty(blocks, fc.array(fc.integer({ min: 1, max: 5 })), async (lines, portions) => {
      await writeFile(path, '')
      {
        await using journal = await openJournal(path)
        for (let done = 0, i = 0; done < lines.length; i++) {
          const portion = lines.slice(done, done + (portions[i] ?? 1))
          await journal.append(portion)
          done += portion.length
        }
        for (const [i, bytes] of lines.entries()) {
          expect((await journal.at(i + 1))?.bytes).toEqual(bytes)
          expect(await journal.hashAt(i + 1)).toBe(hashOf(bytes))
        }
      }
      expect(await reopen()).toEqual(lines.map(String))
    }),
    { numRuns: 20 },
  )
})
