/** The journal read backwards for certain words: what has none of them is never parsed. */
import type { LogPart } from '@varve/projections'
import { readFolded } from './block.ts'
import type { Journal } from './journal.ts'

/** Read in one go, so that whatever else the controller has to do gets its turn between two. */
const blocksAtATime = 500

/** The parts of the journal before `before`, newest first; in each the blocks with all `needles`. */
export async function* searchJournal(
  journal: Journal,
  needles: readonly string[],
  before: number,
): AsyncGenerator<LogPart> {
  for (let end = Math.min(before - 1, journal.last.sequence); end >= 1; ) {
    const from = Math.max(1, end - blocksAtATime + 1)
    const blocks: LogPart['blocks'][number][] = []
    let [at, bytes] = [0, 0]
    const look = (block: { bytes: Buffer; sequence: number }) => {
      bytes += block.bytes.length
      const isFirst = block.sequence === from
      const isFound = needles.every((needle) => block.bytes.includes(needle))
      if (!isFirst && !isFound) return
      const entries = readFolded(block.bytes)
      if (isFirst) at = entries[0]?.at ?? 0
      if (isFound) blocks.push({ sequence: block.sequence, entries })
    }
    await journal.scan(from, look, end)
    yield { from, at, bytes, blocks: blocks.reverse() }
    end = from - 1
  }
}
