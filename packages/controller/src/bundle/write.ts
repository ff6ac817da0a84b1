/** Makes a bundle of a journal. */
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { genesis } from '@varve/events'
import { anonymise, Pseudonyms, type Wording } from '@varve/projections'
import { stateHash } from '../book.ts'
import { hashOf, headOf, printBlock, printEntry, readEntries } from '../log/block.ts'
import { writeCheckpoint } from '../log/checkpoint.ts'
import { emptyMemory, foldBlock, memoryLines } from '../memory.ts'
import { blocksOf } from './blocks.ts'
import { type BundleEnd, type BundleHead, bundleVersion } from './form.ts'

export type BundleOptions = Pick<BundleHead, 'cluster' | 'madeAt' | 'versions' | 'isAnonymised'> & {
  readonly journal: string
  /** Of the file that is made; there must be none yet. */
  readonly path: string
  readonly onProgress?: (blocks: number) => void
}

/**
 * Reads the journal, twice when it is anonymised, and folds what goes into the file. Throws when
 * the file exists, or the journal is damaged; nothing is left of the file then.
 */
export async function writeBundle(options: BundleOptions): Promise<BundleEnd> {
  const { path, journal, isAnonymised } = options
  const directory = await mkdtemp(join(tmpdir(), 'varve-bundle-'))
  // Never over a file that is there, and for nobody else to read.
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 })
  let isOurs = false
  file.once('open', () => {
    isOurs = true
  })
  const made: { end?: BundleEnd } = {}
  try {
    const wording = isAnonymised ? await collect(journal) : undefined
    const lines = bundleLines(options, { directory, wording }, made)
    await pipeline(Readable.from(lines), createGzip(), file)
    if (!made.end) throw new Error('the bundle has no end')
    return made.end
  } catch (error) {
    file.destroy()
    if (isOurs) await rm(path, { force: true })
    throw error
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function collect(journal: string): Promise<Wording> {
  const pseudonyms = new Pseudonyms()
  for await (const blocks of blocksOf(journal)) {
    for (const { bytes } of blocks) {
      for (const entry of readEntries(bytes)) anonymise(entry, pseudonyms.collecting)
    }
  }
  return pseudonyms.replacing()
}

const newline = Buffer.from('\n')

async function* bundleLines(
  { journal, cluster, madeAt, versions, isAnonymised, onProgress }: BundleOptions,
  { directory, wording }: { directory: string; wording: Wording | undefined },
  made: { end?: BundleEnd },
): AsyncGenerator<Buffer> {
  const name = isAnonymised ? 'varve' : cluster
  const head: BundleHead = { bundle: bundleVersion, cluster: name, madeAt, isAnonymised, versions }
  yield lineOf(head)
  const memory = emptyMemory()
  let hash: string = genesis
  for await (const blocks of blocksOf(journal)) {
    const lines: Buffer[] = []
    for (const { bytes: original, sequence } of blocks) {
      const bytes = wording ? anonymousBlock(original, hash, wording) : original
      hash = hashOf(bytes)
      foldBlock(memory, { bytes, sequence, hash })
      lines.push(bytes, newline)
    }
    yield Buffer.concat(lines)
    onProgress?.(memory.state.position.sequence)
  }
  const { sequence } = memory.state.position
  if (sequence > 0) {
    const lines = memoryLines(memory)
    const checkpoint = await writeCheckpoint(directory, { sequence, blockHash: hash, lines })
    yield lineOf({ checkpoint })
    yield* createReadStream(join(directory, checkpoint))
  }
  made.end = { sequence, hash, stateHash: stateHash(memory.state) }
  yield lineOf({ end: made.end })
}

const lineOf = (value: object) => Buffer.from(`${JSON.stringify(value)}\n`)

function anonymousBlock(bytes: Uint8Array, prev: string, wording: Wording): Buffer {
  const entries = readEntries(bytes).map((entry) => printEntry(anonymise(entry, wording)))
  return printBlock({ term: headOf(bytes).term, prev }, entries)
}
