/** What questions about the past cost in a long log: `--at` any moment, `history` of one object. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isRefusal } from '@varve/events'
import { answerQuery } from '@varve/projections'
import { pino } from 'pino'
import { Book } from '../../packages/controller/src/book.ts'
import { writeCheckpoint } from '../../packages/controller/src/log/checkpoint.ts'
import { openJournal } from '../../packages/controller/src/log/journal.ts'
import { emptyMemory, foldBlock, memoryLines } from '../../packages/controller/src/memory.ts'
import { pastWorld } from '../../packages/controller/src/serve/read-source.ts'
import { type Figure, figure } from './figure.ts'
import { growJournal } from './grow.ts'

const definitionsInAll = 10_000
const entriesInAll = 1_000_000
/** As a controller does it. */
const checkpointEvery = 20_000
const moments = 9
const objects = 25

export async function pastFigures(
  entries = entriesInAll,
  definitions = definitionsInAll,
): Promise<Figure[]> {
  const directory = await mkdtemp(join(tmpdir(), 'varve-past-'))
  try {
    await growJournal(directory, definitions, entries)
    await writeCheckpoints(directory)
    const book = await Book.open(directory, pino({ level: 'silent' }))
    await using _open = book
    const asked = await askHistory(book, definitions)
    const went = await goBack(book)
    const millions = `${(book.state.position.entries / 1e6).toFixed(1)} million entries`
    return [
      figure({
        what: `history of one object in a log of ${millions}`,
        ...{ unit: 'ms', aim: 50, reached: 'at-most' as const, runs: asked },
      }),
      figure({
        what: `--at any moment of a log of ${millions}, worst of ${moments}`,
        ...{ unit: 's', aim: 2, reached: 'at-most' as const, runs: [Math.max(...went)] },
      }),
    ]
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function writeCheckpoints(directory: string): Promise<void> {
  await using journal = await openJournal(join(directory, 'journal'))
  const memory = emptyMemory()
  const { position } = memory.state
  let written = 0
  while (position.sequence < journal.last.sequence) {
    const to = Math.min(position.sequence + 100, journal.last.sequence)
    await journal.scan(position.sequence + 1, (block) => foldBlock(memory, block), to)
    if (position.entries - written < checkpointEvery) continue
    written = position.entries
    const { sequence, hash: blockHash } = position
    await writeCheckpoint(directory, { sequence, blockHash, lines: memoryLines(memory) })
  }
}

/** Processor time of each question, ms. */
async function askHistory(book: Book, definitions: number): Promise<number[]> {
  const world = pastWorld({ cluster: 'bench', name: 'c1', version: 'bench' }, book, book)
  const runs: number[] = []
  for (let index = 0; index < objects; index += 1) {
    const object = `resource-definition/web${1 + index * Math.floor(definitions / objects)}`
    runs.push(
      await cpuMs(async () => {
        const outcome = await answerQuery(world, 'history', { object })
        if (!outcome.ok) throw new Error(`${object} has no history`)
      }),
    )
  }
  return runs
}

/** Processor time of each way back, s; nothing is kept from one to the next. */
async function goBack(book: Book): Promise<number[]> {
  const end = book.state.position.sequence
  const runs: number[] = []
  for (let index = 1; index <= moments; index += 1) {
    // Not where a checkpoint is likely to be.
    const sequence = Math.floor((end * (index - 0.37)) / moments)
    const ms = await cpuMs(async () => {
      const state = await book.past.at({ sequence }, end, async (memory) => memory.state)
      if (isRefusal(state) || state.position.sequence !== sequence) throw new Error('not there')
    })
    runs.push(ms / 1000)
    book.past.forget()
  }
  return runs
}

async function cpuMs(work: () => Promise<void>): Promise<number> {
  const from = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(from)
  return (user + system) / 1000
}
