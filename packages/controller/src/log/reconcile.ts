/**
 * Journal and stream are two copies of one log. At start they are compared: the longer one wins
 * when it continues the other; where they contradict each other, nobody but a person can choose.
 */

import { hashOf, headOf } from './block.ts'
import type { Journal } from './journal.ts'
import type { LogStream, StoredBlock } from './port.ts'

export type Reconciled = {
  /** Blocks that the journal took from the stream. */
  filled: number
  /** Blocks at the journal's end that the stream has lost; `restoreTail` puts them back. */
  missing: number
  /** An unacknowledged block of a deposed leader, and the file that keeps it. */
  setAside?: { sequence: number; file: string }
}

/** Two different blocks at one place of the log: one copy was changed, or is of another cluster. */
export class LogsDiverge extends Error {
  override readonly name = 'LogsDiverge'
  readonly sequence: number

  constructor(sequence: number, hashes: { journal: string; stream: string }) {
    super(
      `journal and stream differ from block ${sequence} on: ` +
        `the journal has ${hashes.journal}, the stream ${hashes.stream}`,
    )
    this.sequence = sequence
  }
}

/** How much is taken from the stream before it is written to the journal in one go. */
const batchBytes = 4 * 1024 * 1024
const batchBlocks = 4_000

/**
 * Compares, and fills the journal up from the stream. The stream is not changed. Throws
 * `LogsDiverge` when they contradict each other. One contradiction is ordinary: the journal's last
 * line is a block that was never acknowledged, because another leader, with a higher term, was
 * elected meanwhile; that line is kept in a file beside the journal and taken out of it.
 */
export async function reconcile(journal: Journal, stream: LogStream): Promise<Reconciled> {
  const end = (await stream.last())?.sequence ?? 0
  const setAside = await compare(journal, stream, Math.min(end, journal.last.sequence))
  const before = journal.last.sequence
  if (before < end) await fill(journal, stream)
  return {
    filled: journal.last.sequence - before,
    missing: Math.max(0, journal.last.sequence - end),
    ...(setAside ? { setAside } : {}),
  }
}

/**
 * Appends what only the journal has to the stream. For the leader alone, before its first own
 * block. Returns how many blocks were put back; throws `LogsDiverge` when somebody was faster.
 */
export async function restoreTail(journal: Journal, stream: LogStream): Promise<number> {
  const end = (await stream.last())?.sequence ?? 0
  const { last } = journal
  for (let sequence = end + 1; sequence <= last.sequence; sequence++) {
    const { bytes } = await demand(journal.at(sequence), sequence)
    const result = await stream.append(bytes, sequence - 1)
    if (result.kind === 'deposed') {
      const found = result.found ? hashOf(result.found) : 'nothing'
      throw new LogsDiverge(sequence, { journal: hashOf(bytes), stream: found })
    }
  }
  return Math.max(0, last.sequence - end)
}

/** Equal blocks have equal histories, so only the last common one has to be looked at. */
async function compare(journal: Journal, stream: LogStream, common: number) {
  if (common === 0 || (await isSame(journal, stream, common))) return undefined
  const sequence = await firstDifference(journal, stream, common)
  const ours = await demand(journal.at(sequence), sequence)
  const theirs = await demand(stream.at(sequence), sequence)
  const isLast = sequence === journal.last.sequence
  if (!isLast || headOf(theirs.bytes).term <= headOf(ours.bytes).term) {
    throw new LogsDiverge(sequence, { journal: hashOf(ours.bytes), stream: hashOf(theirs.bytes) })
  }
  const file = `${journal.path}.set-aside-${sequence}-${hashOf(ours.bytes).slice(0, 12)}`
  await keep(journal, file, ours)
  await journal.retract(sequence)
  return { sequence, file }
}

/** Binary search: from the first difference on, all blocks differ. `high` is known to. */
async function firstDifference(journal: Journal, stream: LogStream, high: number): Promise<number> {
  let low = 1
  let different = high
  while (low < different) {
    const middle = Math.floor((low + different) / 2)
    if (await isSame(journal, stream, middle)) low = middle + 1
    else different = middle
  }
  return different
}

async function isSame(journal: Journal, stream: LogStream, sequence: number): Promise<boolean> {
  const theirs = await demand(stream.at(sequence), sequence)
  return hashOf(theirs.bytes) === (await journal.hashAt(sequence))
}

async function fill(journal: Journal, stream: LogStream): Promise<void> {
  let batch: Uint8Array[] = []
  let bytes = 0
  for await (const block of stream.read(journal.last.sequence + 1)) {
    batch.push(block.bytes)
    bytes += block.bytes.length
    if (bytes < batchBytes && batch.length < batchBlocks) continue
    await journal.append(batch)
    batch = []
    bytes = 0
  }
  if (batch.length > 0) await journal.append(batch)
}

async function demand(
  block: Promise<StoredBlock | undefined>,
  sequence: number,
): Promise<StoredBlock> {
  const found = await block
  if (found === undefined) throw new Error(`block ${sequence} is missing in the middle of the log`)
  return found
}

async function keep({ disk }: Journal, path: string, { bytes }: StoredBlock): Promise<void> {
  await using file = await disk.open(path, 'new')
  await file.appendFile(bytes)
  await file.sync()
}
