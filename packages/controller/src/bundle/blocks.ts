/** The blocks of a journal that belongs to somebody else: read, and nothing is changed. */
import { open } from 'node:fs/promises'
import { genesis } from '@varve/events'
import { type JournalBlock, scanJournal } from '../log/journal-scan.ts'

/** Read together: a few megabytes at most. */
const blocksAtATime = 1000

/**
 * All blocks in order, the chain verified; a last line that is not finished is left out, since a
 * controller may be writing it. Throws `JournalCorrupt` for any other damage.
 */
export async function* blocksOf(path: string): AsyncGenerator<readonly JournalBlock[]> {
  await using file = await open(path)
  let start = { sequence: 1, offset: 0, hash: genesis }
  for (;;) {
    const blocks: JournalBlock[] = []
    const keep = (block: JournalBlock) => blocks.push({ ...block, bytes: Buffer.from(block.bytes) })
    const end = await scanJournal(file, keep, start, start.sequence + blocksAtATime - 1)
    if (blocks.length === 0) return
    yield blocks
    start = { sequence: end.sequence + 1, offset: end.validBytes, hash: end.hash }
  }
}
