/**
 * A checkpoint: the folded state at one block, in a file beside the journal, so that a start need
 * not fold from the beginning. It is a cache: whatever is wrong with one, it is passed over with a
 * reason, and the next older one or the journal serves.
 */

import { createHash, type Hash } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { type Disk, type DiskFile, machineDisk } from '../edge/disk.ts'

const version = 2

const Header = z.strictObject({
  v: z.literal(version),
  sequence: z.int().min(1),
  /** Hash of the block at `sequence`: the history that the state is a fold of. */
  blockHash: z.string().length(64),
  /** SHA-256 of the rest of the file. */
  bodyHash: z.string().length(64),
})

export type Checkpoint<Content> = {
  readonly sequence: number
  readonly blockHash: string
  readonly content: Content
}

/** Takes what was written, line by line; throws when it cannot. */
export type Reader<Content> = {
  readonly take: (line: string) => void
  readonly finish: () => Content
}

export type ReadOptions<Content> = {
  readonly reader: () => Reader<Content>
  /** The journal's hash of a block: a checkpoint of another history is of no use. */
  readonly hashAt: (sequence: number) => Promise<string | undefined>
  /** Older or newer ones than these sequences are of no use. */
  readonly from?: number
  readonly upTo?: number
  readonly disk?: Disk
}

/** The last two are kept: one may prove damaged. */
const newestKept = 2
/** So many older ones, spread over the log: no moment of the past is far from one. */
const olderKept = 8
/** Read at a time. */
const partBytes = 256 * 1024
const fileName = /^checkpoint-(\d{12})$/

/**
 * Writes a checkpoint so that it is there whole or not at all, then removes older ones. All `lines`
 * are made before the first is written: what they tell of stands still only so long. Returns the
 * name of its file.
 */
export async function writeCheckpoint(
  directory: string,
  checkpoint: { sequence: number; blockHash: string; lines: Iterable<string> },
  disk: Disk = machineDisk,
): Promise<string> {
  const { lines, ...header } = checkpoint
  const body: Buffer[] = []
  const digest = createHash('sha256')
  for (const line of lines) {
    const bytes = Buffer.from(`${line}\n`)
    digest.update(bytes)
    body.push(bytes)
  }
  await disk.makeDirectory(directory)
  const name = nameOf(header.sequence)
  const temporary = join(directory, `${name}.new`)
  const file = await disk.open(temporary, 'new')
  try {
    const bodyHash = digest.digest('hex')
    await file.appendFile(`${JSON.stringify({ v: version, ...header, bodyHash })}\n`)
    for (const bytes of body) await file.appendFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await disk.rename(temporary, join(directory, name))
  for (const old of superfluous((await list(disk, directory)).map(sequenceOf))) {
    await disk.remove(join(directory, nameOf(old)))
  }
  return name
}

/**
 * Which of the checkpoints, newest first, can go: the newest two stay, and of the older ones eight
 * so that the longest way from one to the next is short.
 */
export function superfluous(sequences: readonly number[]): number[] {
  const kept = [...sequences]
  const gone: number[] = []
  while (kept.length > newestKept + olderKept) {
    // Without one, the way from the next older one (or the log's begin) to the next newer is to go.
    const way = (index: number) => (kept[index - 1] ?? 0) - (kept[index + 1] ?? 0)
    let least = newestKept
    for (let i = newestKept; i < kept.length; i += 1) if (way(i) < way(least)) least = i
    gone.push(...kept.splice(least, 1))
  }
  return gone
}

/**
 * The newest checkpoint that is whole, belongs to this journal and is wanted, with a sentence for each one
 * that was passed over.
 */
export async function readCheckpoint<Content>(
  directory: string,
  options: ReadOptions<Content>,
): Promise<{ checkpoint: Checkpoint<Content> | undefined; ignored: string[] }> {
  const ignored: string[] = []
  const { from = 1, upTo = Number.POSITIVE_INFINITY, disk = machineDisk } = options
  for (const name of await list(disk, directory)) {
    const sequence = sequenceOf(name)
    if (sequence < from || sequence > upTo) continue
    try {
      return { checkpoint: await readOne(disk, join(directory, name), options), ignored }
    } catch (error) {
      ignored.push(`${name} is not used: ${error instanceof Error ? error.message : error}`)
    }
  }
  return { checkpoint: undefined, ignored }
}

async function readOne<Content>(
  disk: Disk,
  path: string,
  { reader, hashAt }: ReadOptions<Content>,
): Promise<Checkpoint<Content>> {
  await using file = await disk.open(path, 'read')
  const digest = createHash('sha256')
  const lines = linesOf(file, digest)
  const first = await lines.next()
  const header = Header.safeParse(first.done ? undefined : json(first.value))
  if (!header.success) throw new Error('its first line is damaged, or of another version')
  const { sequence, blockHash, bodyHash } = header.data
  if ((await hashAt(sequence)) !== blockHash) {
    throw new Error(`block ${sequence} of the journal is another one`)
  }
  const { take, finish } = reader()
  for await (const line of lines) take(line)
  if (digest.digest('hex') !== bodyHash) throw new Error('its content is damaged')
  return { sequence, blockHash, content: finish() }
}

/**
 * The lines of a file, read in small parts: as one text it would be three times in memory before
 * the first record is. `digest` sees all bytes after the first line.
 */
async function* linesOf(file: DiskFile, digest: Hash): AsyncGenerator<string, void> {
  const buffer = Buffer.allocUnsafe(partBytes)
  let rest = Buffer.alloc(0)
  let isBody = false
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, partBytes, null)
    if (bytesRead === 0) break
    const part = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
    let from = 0
    for (let end = part.indexOf(10); end !== -1; end = part.indexOf(10, from)) {
      if (isBody) digest.update(part.subarray(from, end + 1))
      isBody = true
      yield part.toString('utf8', from, end)
      from = end + 1
    }
    rest = Buffer.from(part.subarray(from))
  }
  if (rest.length > 0) throw new Error('its end is missing')
}

function nameOf(sequence: number): string {
  return `checkpoint-${String(sequence).padStart(12, '0')}`
}

function sequenceOf(name: string): number {
  return Number(fileName.exec(name)?.[1])
}

/** File names, newest first. */
async function list(disk: Disk, directory: string): Promise<string[]> {
  const names = await disk.list(directory).catch(() => [])
  return names
    .filter((name) => fileName.test(name))
    .sort()
    .reverse()
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
