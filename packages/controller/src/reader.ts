/**
 * Knowing what the log says and what satellites report, without leading: the half of a controller
 * that readers need, and all of a process that serves only them.
 */
import { type FoldedEntry, NewerRelease } from '@varve/events'
import { Book } from './book.ts'
import { natsEdge } from './edge/nats.ts'
import type { Edge } from './edge/port.ts'
import { logOn } from './log/jetstream.ts'
import { JournalCorrupt } from './log/journal-scan.ts'
import type { LogStream } from './log/port.ts'
import { LogsDiverge } from './log/reconcile.ts'
import { type Observatory, openObservatory } from './observe/observatory.ts'
import type { ControllerOptions, ControllerSettings } from './options.ts'
import { createPulse, definitionsIn } from './serve/pulse.ts'
import { type ReadSource, readSource } from './serve/read-source.ts'

type Reading = AsyncDisposable & {
  readonly book: Book
  readonly observatory: Observatory
  readonly source: ReadSource
  /** Says again who may come in: what was folded may have been taken back. */
  readonly tellMembers: () => void
}

const retryMs = 1_000

/** `barrier` is that of a reign, where there may be one. */
export async function openReading(
  edge: Edge,
  options: Omit<ControllerSettings, 'replicas'>,
  stream: LogStream,
  barrier?: () => Promise<number> | undefined,
): Promise<Reading> {
  const { cluster, directory, log } = options
  await using parts = new AsyncDisposableStack()
  const book = parts.use(await Book.open(directory, log, edge))
  await book.catchUp(stream)
  const pulse = createPulse()
  const tellMembers = () => options.onMembers?.([...book.state.members.values()])
  book.onEntries = (entries) => {
    pulse.ring(definitionsIn(entries))
    options.onState?.(book.state)
    if (entries.some(isAboutMembers)) tellMembers()
  }
  options.onState?.(book.state)
  const observatory = parts.use(
    await openObservatory({
      edge,
      cluster,
      state: () => book.state,
      onReport: ({ kind, value }) => pulse.ring(kind === 'resource' ? [value.resource] : undefined),
    }),
  )
  const source = readSource(options, { edge, book, observatory, pulse }, barrier)
  const kept = parts.move()
  return {
    book,
    observatory,
    source,
    tellMembers,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

function isAboutMembers({ events }: Pick<FoldedEntry, 'events'>): boolean {
  return events.some(({ type }) => type === 'member.added' || type === 'member.revoked')
}

/** Follows the log and serves readers until the signal; takes no commands and never leads. */
export async function runReader(
  options: Omit<ControllerOptions, 'replicas'> & Required<Pick<ControllerOptions, 'serveReader'>>,
): Promise<void> {
  const { cluster, log, signal } = options
  // It makes no streams, so it need not know how many copies there are to be.
  const edge = natsEdge({ ...options, replicas: 1 })
  const stream = logOn(edge, cluster)
  await using reading = await openWhenThere(edge, options, stream)
  if (!reading) return
  const following = keepFollowing(edge, { book: reading.book, stream }, signal, log)
  await options.serveReader(reading.source, signal)
  await following
  await reading.book.checkpoint()
}

/** The cluster may be younger than its reader: without a first controller there is no log yet. */
async function openWhenThere(
  edge: Edge,
  options: Omit<ControllerSettings, 'replicas'>,
  stream: LogStream,
): Promise<Reading | undefined> {
  const { log, signal } = options
  while (!signal.aborted) {
    try {
      return await openReading(edge, options, stream)
    } catch (error) {
      if (error instanceof LogsDiverge || error instanceof JournalCorrupt) throw error
      log.warn({ error: String(error) }, 'the log cannot be read yet; trying again')
      await edge.time.sleep(retryMs, signal)
    }
  }
  return undefined
}

/** Follows until told to stop; what interrupts it is tried again after a pause. Throws `NewerRelease`. */
export async function keepFollowing(
  { time }: Pick<Edge, 'time'>,
  { book, stream }: { readonly book: Book; readonly stream: LogStream },
  until: AbortSignal,
  log: ControllerSettings['log'],
): Promise<void> {
  while (!until.aborted) {
    try {
      // A block of ours that was never acknowledged may have to make way for another leader's.
      await book.catchUp(stream)
      await book.follow(stream, until)
    } catch (error) {
      if (error instanceof NewerRelease) throw error
      if (!until.aborted) log.warn({ error: String(error) }, 'following the log was interrupted')
    }
    await time.sleep(retryMs, until)
  }
}
