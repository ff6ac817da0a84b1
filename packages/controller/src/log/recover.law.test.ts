/** Out of damaged journals comes the true log, as far as any of them has it, and nothing else. */
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { hashOf } from './block.ts'
import { recoverChain, writeChain } from './recover.ts'
import { testBlocks } from './testing.ts'

const directory = mkdtempSync(join(tmpdir(), 'varve-recover-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const whole = testBlocks(12)
const newline = Buffer.from('\n')
const fileOf = (lines: readonly Uint8Array[]) =>
  Buffer.concat(lines.flatMap((bytes) => [bytes, newline]))

async function keep(...contents: readonly Uint8Array[]): Promise<string[]> {
  const paths = contents.map((_, index) => join(directory, `journal-${index}`))
  await Promise.all(contents.map((bytes, index) => writeFile(paths[index] ?? '', bytes)))
  return paths
}

let written = 0
/** The bytes that are written for the chain. */
async function recovered(paths: readonly string[], prefer?: number) {
  const found = await recoverChain(paths, prefer)
  written += 1
  const path = join(directory, `recovered-${written}`)
  await writeChain(found, path)
  return { ...found, bytes: await readFile(path) }
}

/** A journal that ends after `length` blocks, whose line `flipped` is damaged and whose end is torn. */
const journal = fc.record({
  length: fc.integer({ min: 2, max: whole.length }),
  /** Never the last line: nobody could tell. */
  flipped: fc.option(fc.double({ min: 0, max: 0.99, noNaN: true })),
  bit: fc.nat(7),
  place: fc.double({ min: 0, max: 0.99, noNaN: true }),
  torn: fc.nat(40),
})

function damage({
  length,
  flipped,
  bit,
  place,
  torn,
}: typeof journal extends fc.Arbitrary<infer T> ? T : never) {
  const line = flipped === null ? undefined : Math.floor(flipped * (length - 1))
  const lines = whole.slice(0, length).map((bytes, index) => {
    if (index !== line) return bytes
    const copy = Buffer.from(bytes)
    const at = Math.floor(place * copy.length)
    copy[at] = (copy[at] ?? 0) ^ (1 << bit)
    return copy
  })
  const next = whole[length]?.subarray(0, torn) ?? Buffer.alloc(0)
  return { bytes: Buffer.concat([fileOf(lines), next]), length, line }
}

test('it is always a beginning of the true log, as long as one journal alone vouches for', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(journal, { minLength: 1, maxLength: 3 }), async (given) => {
      const made = given.map(damage)
      const { bytes, chain } = await recovered(await keep(...made.map((one) => one.bytes)))
      expect(fileOf(whole).subarray(0, bytes.length)).toEqual(bytes)
      for (const { length, line } of made) {
        // The line before a damaged one has nobody behind it that vouches for it.
        const sure = line === undefined ? length : line - 1
        expect(chain.length).toBeGreaterThanOrEqual(sure)
      }
    }),
    { numRuns: 200 },
  )
})

test('a block that is damaged in one journal is taken from another, and the rest from the first', async () => {
  const flipped = whole.map((bytes, index) => {
    const copy = Buffer.from(bytes)
    if (index === 4) copy[copy.length - 3] = 0x39
    return copy
  })
  const { bytes, journals } = await recovered(
    await keep(fileOf(flipped), fileOf(whole.slice(0, 6))),
  )
  expect(bytes).toEqual(fileOf(whole))
  expect(journals.map(({ damaged }) => damaged)).toEqual([[5], []])
})

test('a block that was never acknowledged makes way for the later leader’s', async () => {
  const prev = hashOf(whole[5] ?? whole[0])
  const later = testBlocks(3, { prev, term: 2 })
  const { chain, setAside, contradiction } = await recovered(
    await keep(fileOf(whole.slice(0, 7)), fileOf([...whole.slice(0, 6), ...later])),
  )
  expect(contradiction).toBeUndefined()
  expect(chain).toHaveLength(9)
  expect(setAside).toEqual([{ sequence: 7, hash: hashOf(whole[6] ?? whole[0]) }])
})

test('two logs that went on differently are a matter for a person, who names one', async () => {
  const prev = hashOf(whole[5] ?? whole[0])
  const paths = await keep(
    fileOf(whole),
    fileOf([...whole.slice(0, 6), ...testBlocks(4, { prev, term: 2 })]),
  )
  const undecided = await recoverChain(paths)
  expect(undecided.contradiction).toMatchObject({
    sequence: 7,
    sides: [{ blocks: 6 }, { blocks: 4 }],
  })
  expect(undecided.chain).toHaveLength(6)
  expect((await recovered(paths, 1)).chain).toHaveLength(10)
  expect((await recovered(paths, 0)).bytes).toEqual(fileOf(whole))
})

test('nothing is written over a file, nor from a journal that changes meanwhile', async () => {
  const paths = await keep(fileOf(whole))
  const found = await recoverChain(paths)
  await expect(writeChain(found, paths[0] ?? '')).rejects.toThrow('EEXIST')
  await writeFile(paths[0] ?? '', fileOf(whole.slice(0, 3)))
  await expect(writeChain(found, join(directory, 'late'))).rejects.toThrow('has changed')
})
