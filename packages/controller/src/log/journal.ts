/**
 * The journal: every block that this controller knows, in a local file. Line k is block k, in
 * exactly the bytes of the stream. A block is on the disk before it counts as written, and only
 * the last line can ever be in doubt, because there is one block in flight.
 */

import { dirname } from 'node:path'
import { genesis } from '@varve/events'
import { type Disk, type DiskFile, machineDisk } from '../edge/disk.ts'
import { hashOf, headOf } from './block.ts'
import { type JournalBlock, type LineStart, scanJournal } from './journal-scan.ts'
import type { StoredBlock } from './port.ts'

export type Journal = AsyncDisposable & {
  readonly path: string
  readonly disk: Disk
  /** The last block; sequence 0 and the genesis hash in an empty journal. */
  readonly last: { sequence: number; hash: string }
  /** Bytes of an unfinished last line that were cut off when the journal was opened. */
  readonly tornBytes: number
  /** Writes the blocks that follow, in one go, and resolves when they are on the disk. */
  append(blocks: readonly Uint8Array[]): Promise<void>
  /** Takes the last line out again, which must be `sequence`: the stream has another block. */
  retract(sequence: number): Promise<void>
  at(sequence: number): Promise<StoredBlock | undefined>
  hashAt(sequence: number): Promise<string | undefined>
  /** Calls `visit` for each block from `from` to `to`; its bytes are valid during the call only. */
  scan(from: number, visit: (block: JournalBlock) => void, to?: number): Promise<void>
  close(): Promise<void>
}

const newline = Buffer.from('\n')
/**
 * The place of one line in so many is remembered, or of the first after so many bytes: one block is
 * found by reading little more than itself, and a gigabyte of log takes some three of memory.
 */
const indexStep = 64
const indexBytes = 32 * 1024

/**
 * Opens or creates the journal, verifies the whole chain, and cuts an unfinished last line off.
 * `visit` sees every block in the same pass, for whoever folds from the beginning anyway. Throws
 * `JournalCorrupt` with the line number for any other damage, and changes nothing then.
 */
export async function openJournal(
  path: string,
  visit: (block: JournalBlock) => void = () => {},
  disk: Disk = machineDisk,
): Promise<Journal> {
  await disk.makeDirectory(dirname(path))
  const file = await disk.open(path, 'journal')
  try {
    const index: LineStart[] = []
    let previous = genesis
    const end = await scanJournal(file, (block, offset) => {
      const place = { sequence: block.sequence, offset, hash: previous }
      if (isFar(place, index.at(-1))) index.push(place)
      previous = block.hash
      visit(block)
    })
    if (end.tornBytes > 0) await cut(file, end.validBytes)
    await disk.syncDirectory(dirname(path))
    return new JournalFile({ path, disk, file }, { index, ...end })
  } catch (error) {
    await file.close()
    throw error
  }
}

type Opened = {
  index: LineStart[]
  sequence: number
  hash: string
  validBytes: number
  tornBytes: number
}

class JournalFile implements Journal {
  readonly path: string
  readonly disk: Disk
  readonly tornBytes: number
  readonly #file: DiskFile
  readonly #index: LineStart[]
  #last: { sequence: number; hash: string }
  #size: number
  /** Why nothing can be written any more, or who is writing. */
  #blocked: string | undefined

  constructor({ path, disk, file }: { path: string; disk: Disk; file: DiskFile }, opened: Opened) {
    this.path = path
    this.disk = disk
    this.#file = file
    this.#index = opened.index
    this.#last = { sequence: opened.sequence, hash: opened.hash }
    this.#size = opened.validBytes
    this.tornBytes = opened.tornBytes
  }

  get last(): { sequence: number; hash: string } {
    return this.#last
  }

  async append(blocks: readonly Uint8Array[]): Promise<void> {
    const next = this.#follow(blocks)
    const lines = Buffer.concat(blocks.flatMap((bytes) => [bytes, newline]))
    await this.#alone(async () => {
      // A place, not "at the end": what a failed write left behind is never built upon.
      for (let done = 0; done < lines.length; ) {
        const place = this.#size + done
        done += await this.disk.writeAt(this.#file, lines, done, place)
      }
    })
    this.#size += lines.length
    this.#last = next.last
    this.#index.push(...next.index)
  }

  async retract(sequence: number): Promise<void> {
    if (sequence !== this.#last.sequence || sequence === 0) {
      throw new Error(`only the last line can be retracted, not line ${sequence}`)
    }
    const start = this.#startBefore(sequence)
    let kept = { sequence: start.sequence - 1, hash: start.hash }
    let size = start.offset
    const keep = ({ sequence: line, hash, bytes }: JournalBlock, offset: number) => {
      kept = { sequence: line, hash }
      size = offset + bytes.length + 1
    }
    await scanJournal(this.#file, keep, start, sequence - 1)
    await this.#alone(() => cut(this.#file, size))
    this.#size = size
    this.#last = kept
    if (this.#index.at(-1)?.sequence === sequence) this.#index.pop()
  }

  async at(sequence: number): Promise<StoredBlock | undefined> {
    const found: StoredBlock[] = []
    const keep = ({ bytes }: JournalBlock) => found.push({ sequence, bytes: Buffer.from(bytes) })
    await this.#range(sequence, sequence, keep)
    return found[0]
  }

  async hashAt(sequence: number): Promise<string | undefined> {
    if (sequence === this.#last.sequence) return this.#last.hash
    if (sequence === 0) return genesis
    const found: string[] = []
    await this.#range(sequence, sequence, ({ hash }) => found.push(hash))
    return found[0]
  }

  scan(
    from: number,
    visit: (block: JournalBlock) => void,
    to = this.#last.sequence,
  ): Promise<void> {
    return this.#range(from, to, visit)
  }

  async close(): Promise<void> {
    this.#blocked ??= 'it is closed'
    await this.#file.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #range(from: number, to: number, visit: (block: JournalBlock) => void): Promise<void> {
    if (from < 1 || from > this.#last.sequence) return
    const visitRange = (block: JournalBlock) => {
      if (block.sequence >= from) visit(block)
    }
    const start = this.#startBefore(from)
    await scanJournal(this.#file, visitRange, start, to, this.#index[this.#after(to)]?.offset)
  }

  /** The nearest remembered line at or before `sequence`. */
  #startBefore(sequence: number): LineStart {
    return this.#index[this.#after(sequence) - 1] ?? { sequence: 1, offset: 0, hash: genesis }
  }

  /** Index of the first remembered line behind `sequence`: binary search. */
  #after(sequence: number): number {
    let [low, high] = [0, this.#index.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#index[middle]?.sequence ?? 0) <= sequence) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Checks that the blocks continue the chain, and says where that leads. */
  #follow(blocks: readonly Uint8Array[]): { last: Journal['last']; index: LineStart[] } {
    const index: LineStart[] = []
    let { sequence, hash } = this.#last
    let offset = this.#size
    let known = this.#index.at(-1)
    for (const bytes of blocks) {
      sequence++
      if (headOf(bytes).prev !== hash) {
        throw new Error(`block ${sequence} does not follow block ${sequence - 1} of the journal`)
      }
      if (bytes.includes(10)) throw new Error(`block ${sequence} has more than one line`)
      if (isFar({ sequence, offset }, known)) {
        known = { sequence, offset, hash }
        index.push(known)
      }
      hash = hashOf(bytes)
      offset += bytes.length + 1
    }
    return { last: { sequence, hash }, index }
  }

  /** One change at a time; after a failed one the disk is not to be trusted, so it is the last. */
  async #alone(change: () => Promise<void>): Promise<void> {
    if (this.#blocked !== undefined) throw new Error(`journal ${this.path}: ${this.#blocked}`)
    this.#blocked = 'another write is under way'
    try {
      await change()
      this.#blocked = undefined
    } catch (error) {
      this.#blocked = 'an earlier write failed'
      throw error
    }
  }
}

type Place = Pick<LineStart, 'sequence' | 'offset'>

function isFar(place: Place, known: Place | undefined): boolean {
  if (!known) return true
  return place.sequence - known.sequence >= indexStep || place.offset - known.offset >= indexBytes
}

async function cut(file: DiskFile, size: number): Promise<void> {
  await file.truncate(size)
  await file.sync()
}
