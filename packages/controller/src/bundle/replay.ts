/**
 * A bundle as a cluster that can be asked, on any machine and without NATS: what satellites saw is
 * not in it, and nothing can be changed.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Moment, nothingObserved, type QueryReply } from '@varve/events'
import { recordsOf, type World } from '@varve/projections'
import { pino } from 'pino'
import { Book } from '../book.ts'
import type { StoredBlock } from '../log/port.ts'
import { answerQuestion, type QuerySource } from '../serve/queries.ts'
import { pastWorld } from '../serve/read-source.ts'
import { hashSlowly } from '../state-hash.ts'
import type { BundleHead } from './form.ts'
import { unpack } from './unpack.ts'

export type Replay = AsyncDisposable & {
  readonly head: BundleHead
  /** The last block that is replayed. */
  readonly last: { readonly sequence: number; readonly hash: string }
  readonly ask: (noun: string, args: object, at?: Moment) => Promise<QueryReply>
  readonly blockAt: (sequence: number) => Promise<StoredBlock | undefined>
}

/** `until`: the cluster as it was after that block. Throws `BundleUnreadable`. */
export async function openReplay(path: string, until = Number.POSITIVE_INFINITY): Promise<Replay> {
  await using parts = new AsyncDisposableStack()
  const directory = await mkdtemp(join(tmpdir(), 'varve-replay-'))
  parts.defer(() => rm(directory, { recursive: true, force: true }))
  const { head } = await unpack(path, directory, until)
  const book = parts.use(await Book.open(directory, pino({ level: 'silent' })))
  const source = sourceOf(book, head)
  const kept = parts.move()
  return {
    head,
    last: book.journal.last,
    ask: (noun, args, at) => answerQuestion(source, { noun, args, at }),
    blockAt: (sequence) => book.journal.at(sequence),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

function sourceOf(book: Book, head: BundleHead): QuerySource {
  const options = { cluster: head.cluster, name: 'replay', version: head.versions.varve ?? '' }
  const end = () => book.state.position.sequence
  const present = (): World => ({
    ...pastWorld(options, book, book),
    observed: nothingObserved,
    recordsAt: (moment) => book.past.at(moment, end(), async ({ state }) => recordsOf(state)),
    stateAt: (moment, ask) => book.past.at(moment, end(), async ({ state }) => ask(state)),
    stateHashAt: (sequence) => book.past.at({ sequence }, end(), ({ state }) => hashSlowly(state)),
  })
  return {
    world: present,
    past: (moment, stored, ask) =>
      book.past.at(moment, stored, (memory) => ask(pastWorld(options, book, memory))),
    barrier: async () => end(),
    reach: async (sequence) => sequence <= end(),
  }
}
