/** What every log does, whatever keeps it. Run for memory here and for JetStream in test/system. */

import { describe, expect, it } from 'vitest'
import type { LogStream, StoredBlock } from './port.ts'

/** `open` gives an empty log each time. */
export function logContract(name: string, open: () => Promise<LogStream>): void {
  describe(`the log in ${name}`, () => {
    it('stores blocks one after another, in the bytes that it was given', async () => {
      const log = await open()
      expect(await log.last()).toBeUndefined()
      expect(await log.append(text('a'), 0)).toEqual({ kind: 'stored', sequence: 1 })
      expect(await log.append(text('b ü\n'), 1)).toEqual({ kind: 'stored', sequence: 2 })
      expect(plain(await log.last())).toEqual([2, 'b ü\n'])
      expect(plain(await log.at(1))).toEqual([1, 'a'])
      expect(await log.at(3)).toBeUndefined()
    })

    it('says to a deposed writer which block has taken its place', async () => {
      const log = await open()
      await log.append(text('the new leader'), 0)
      const late = await log.append(text('the old leader'), 0)
      expect(late).toMatchObject({ kind: 'deposed', sequence: 1 })
      expect(late.kind === 'deposed' && late.found && decode(late.found)).toBe('the new leader')
      expect(plain(await log.last())).toEqual([1, 'the new leader'])
    })

    it('takes the same block twice as one', async () => {
      const log = await open()
      await log.append(text('a'), 0)
      expect(await log.append(text('a'), 0)).toEqual({ kind: 'stored', sequence: 1 })
      await log.append(text('b'), 1)
      expect(await log.append(text('a'), 0)).toEqual({ kind: 'stored', sequence: 1 })
      expect(plain(await log.last())).toEqual([2, 'b'])
    })

    it('stores nothing after a gap: who expects more than there is must fold again', async () => {
      const log = await open()
      await log.append(text('a'), 0)
      const ahead = await log.append(text('c'), 2)
      expect(ahead).toEqual({ kind: 'deposed', sequence: 3, found: undefined })
      expect(plain(await log.last())).toEqual([1, 'a'])
    })

    it('lets one of several racing writers win each place', async () => {
      const log = await open()
      const race = ['x', 'y', 'z'].map((writer) => log.append(text(writer), 0))
      const results = await Promise.all(race)
      expect(results.filter(({ kind }) => kind === 'stored')).toHaveLength(1)
      expect((await log.last())?.sequence).toBe(1)
    })

    it('reads from any block to the last, and nothing beyond the end', async () => {
      const log = await open()
      await fill(log, 5)
      expect(await all(log.read(1))).toEqual([
        'block 1',
        'block 2',
        'block 3',
        'block 4',
        'block 5',
      ])
      expect(await all(log.read(4))).toEqual(['block 4', 'block 5'])
      expect(await all(log.read(6))).toEqual([])
    })

    it('follows: first what is there, then each new block as it comes', async () => {
      const log = await open()
      await fill(log, 3)
      const stop = new AbortController()
      const seen: string[] = []
      for await (const block of log.follow(2, stop.signal)) {
        seen.push(decode(block.bytes))
        const next = block.sequence + 1
        if (next === 7) stop.abort()
        else if (next > 3) await log.append(text(`block ${next}`), next - 1)
      }
      expect(seen).toEqual(['block 2', 'block 3', 'block 4', 'block 5', 'block 6'])
    })
  })
}

async function fill(log: LogStream, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await log.append(text(`block ${i + 1}`), i)
}

async function all(blocks: AsyncIterable<StoredBlock>): Promise<string[]> {
  const seen: string[] = []
  for await (const { bytes } of blocks) seen.push(decode(bytes))
  return seen
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value)
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function plain(block: StoredBlock | undefined): [number, string] | undefined {
  return block && [block.sequence, decode(block.bytes)]
}
