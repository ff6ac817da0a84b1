import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, it } from 'vitest'
import { readCheckpoint, superfluous, writeCheckpoint } from './checkpoint.ts'

const root = mkdtempSync(join(tmpdir(), 'varve-checkpoint-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let directory: string
let count = 0
beforeEach(() => {
  directory = join(root, `${count++}`)
})

type Content = { volumes: number }
const hashes = (sequence: number) => String(sequence).padEnd(64, '0')
const write = (sequence: number) =>
  writeCheckpoint(directory, {
    sequence,
    blockHash: hashes(sequence),
    lines: ['', JSON.stringify({ volumes: sequence })],
  })
const read = (
  hashAt: (sequence: number) => string | undefined = hashes,
  wanted: { from?: number; upTo?: number } = {},
) =>
  readCheckpoint<Content>(directory, {
    ...wanted,
    reader: () => {
      const taken: string[] = []
      return { take: (line) => taken.push(line), finish: () => JSON.parse(taken.join('')) }
    },
    hashAt: async (sequence) => hashAt(sequence),
  })

it('gives the newest, or the newest of those that are wanted', async () => {
  expect(await read()).toEqual({ checkpoint: undefined, ignored: [] })
  for (const sequence of [9, 10, 100]) await write(sequence)
  const { checkpoint, ignored } = await read()
  expect(checkpoint).toMatchObject({ sequence: 100, content: { volumes: 100 } })
  expect(ignored).toEqual([])
  expect((await read(hashes, { upTo: 99 })).checkpoint?.sequence).toBe(10)
  expect((await read(hashes, { upTo: 99, from: 11 })).checkpoint).toBeUndefined()
})

it('keeps the newest two, and of the others ten in all that lie far from each other', async () => {
  for (let sequence = 1; sequence <= 40; sequence += 1) await write(sequence)
  const kept = (await readdir(directory)).map((name) => Number(name.slice(-12)))
  expect(kept).toHaveLength(10)
  expect(kept.slice(-2)).toEqual([39, 40])
  const ways = [0, ...kept].slice(1).map((sequence, i) => sequence - ([0, ...kept][i] ?? 0))
  expect(Math.max(...ways)).toBeLessThanOrEqual(8)
})

it('gives up the one whose neighbours are the nearest', () => {
  expect(superfluous([110, 100, 90, 80, 70, 60, 52, 50, 40, 30])).toEqual([])
  expect(superfluous([110, 100, 90, 80, 70, 60, 52, 50, 40, 30, 20])).toEqual([52])
})

it('passes over one that is damaged at any byte, and says so', async () => {
  await write(10)
  await write(11)
  const path = join(directory, 'checkpoint-000000000011')
  const whole = await readFile(path)
  for (let i = 0; i < whole.length; i++) {
    const damaged = Buffer.from(whole)
    damaged[i] = (damaged[i] ?? 0) ^ 1
    await writeFile(path, damaged)
    const { checkpoint, ignored } = await read()
    expect(checkpoint?.sequence).toBe(10)
    expect(ignored).toEqual([expect.stringContaining('checkpoint-000000000011 is not used: ')])
  }
  for (const length of [0, 20, whole.length - 1]) {
    await writeFile(path, whole.subarray(0, length))
    expect((await read()).checkpoint?.sequence).toBe(10)
  }
})

it('passes over one of another history, or from beyond the end of the journal', async () => {
  await write(10)
  await write(11)
  const other = await read((sequence) => (sequence === 11 ? 'f'.repeat(64) : hashes(sequence)))
  expect(other.checkpoint?.sequence).toBe(10)
  const shorter = await read((sequence) => (sequence > 10 ? undefined : hashes(sequence)))
  expect(shorter.checkpoint?.sequence).toBe(10)
})

it('is not confused by a write that a crash left unfinished', async () => {
  await write(10)
  await writeFile(join(directory, 'checkpoint-000000000012.new'), 'half')
  expect((await read()).checkpoint?.sequence).toBe(10)
})

it('gives lines that are longer than what is read at a time as they were', async () => {
  const lines = ['short', 'ü'.repeat(200_000), '', 'x'.repeat(600_000), 'last']
  await writeCheckpoint(directory, { sequence: 7, blockHash: hashes(7), lines })
  const { checkpoint } = await readCheckpoint<string[]>(directory, {
    reader: () => {
      const taken: string[] = []
      return { take: (line) => taken.push(line), finish: () => taken }
    },
    hashAt: async (sequence) => hashes(sequence),
  })
  expect(checkpoint?.content).toEqual(lines)
})
