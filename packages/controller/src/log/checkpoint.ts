/**
 * A checkpoint: the folded state at one block, in a file beside the journal, so that a start need
 * not fold from the beginning. It is a cache: whatever is wrong with one, it is passed over with a
 * reason, and the next older one or the journal serves.
 */

import { hash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const Header = z.strictObject({
  v: z.literal(1),
  sequence: z.int().min(1),
  /** Hash of the block at `sequence`: the history that the state is a fold of. */
  blockHash: z.string().length(64),
  /** SHA-256 of the rest of the file. */
  bodyHash: z.string().length(64),
})

export type Checkpoint<State> = {
  sequence: number
  blockHash: string
  state: State
}

export type ReadOptions<State> = {
  /** Makes a state of the text that was written; throws when it cannot. */
  parse: (text: string) => State
  /** The journal's hash of a block: a checkpoint of another history is of no use. */
  hashAt: (sequence: number) => Promise<string | undefined>
}

/** The last two are kept: one may prove damaged. */
const keptCount = 2
const fileName = /^checkpoint-(\d{12})$/

/** Writes a checkpoint so that it is there whole or not at all, then removes older ones. */
export async function writeCheckpoint(
  directory: string,
  checkpoint: { sequence: number; blockHash: string; text: string },
): Promise<void> {
  const { text, ...header } = checkpoint
  await mkdir(directory, { recursive: true })
  const name = `checkpoint-${String(header.sequence).padStart(12, '0')}`
  const temporary = join(directory, `${name}.new`)
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify({ v: 1, ...header, bodyHash: sha256(text) })}\n${text}`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, join(directory, name))
  for (const old of (await list(directory)).slice(keptCount)) await rm(join(directory, old))
}

/**
 * The newest checkpoint that is whole and belongs to this journal, with a sentence for each one
 * that was passed over.
 */
export async function readCheckpoint<State>(
  directory: string,
  options: ReadOptions<State>,
): Promise<{ checkpoint: Checkpoint<State> | undefined; ignored: string[] }> {
  const ignored: string[] = []
  for (const name of await list(directory)) {
    try {
      return { checkpoint: await readOne(join(directory, name), options), ignored }
    } catch (error) {
      ignored.push(`${name} is not used: ${error instanceof Error ? error.message : error}`)
    }
  }
  return { checkpoint: undefined, ignored }
}

async function readOne<State>(
  path: string,
  { parse, hashAt }: ReadOptions<State>,
): Promise<Checkpoint<State>> {
  const content = await readFile(path, 'utf8')
  const end = content.indexOf('\n')
  const header = Header.safeParse(end === -1 ? undefined : json(content.slice(0, end)))
  if (!header.success) throw new Error('its first line is damaged')
  const { sequence, blockHash, bodyHash } = header.data
  const text = content.slice(end + 1)
  if (sha256(text) !== bodyHash) throw new Error('its content is damaged')
  if ((await hashAt(sequence)) !== blockHash) {
    throw new Error(`block ${sequence} of the journal is another one`)
  }
  return { sequence, blockHash, state: parse(text) }
}

/** File names, newest first. */
async function list(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => [])
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

function sha256(text: string): string {
  return hash('sha256', text, 'hex')
}
