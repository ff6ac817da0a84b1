/**
 * A controller: folds the log all the time, leads while it holds the lease. A standby has read
 * everything already, so taking over is: win the lease, fold the last blocks, be elected.
 */
import { NewerRelease, subjectsOf } from '@varve/events'
import type { Book } from './book.ts'
import { natsEdge } from './edge/nats.ts'
import type { Edge } from './edge/port.ts'
import { acquireLease, type Lease } from './lead/lease.ts'
import { jetStreamLease } from './lead/lease-jetstream.ts'
import { type Reign, reign } from './lead/reign.ts'
import { logOn } from './log/jetstream.ts'
import { isPassing } from './log/jetstream-api.ts'
import { JournalCorrupt } from './log/journal-scan.ts'
import type { LogStream } from './log/port.ts'
import { LogsDiverge } from './log/reconcile.ts'
import { logWriter } from './log/writer.ts'
import type { Observatory } from './observe/observatory.ts'
import type { ControllerOptions, ControllerSettings } from './options.ts'
import { keepFollowing, openReading } from './reader.ts'
import { openEarly } from './secrets/at-start.ts'
import { createVault, type Vault } from './secrets/vault.ts'
import { serveAttach } from './serve/attach.ts'
import { serveQueries } from './serve/queries.ts'

const retryMs = 1_000
const checkpointMs = 30_000
/** How long what a deposed leader has written last may stand. */
const inspectMs = 5_000

/** Runs until the signal; throws only what waiting cannot mend (a damaged or divergent log). */
export function runController(options: ControllerOptions): Promise<void> {
  return runControllerOn(natsEdge(options), options)
}

/** The same on whatever stands for the world. */
export async function runControllerOn(edge: Edge, options: ControllerSettings): Promise<void> {
  const { cluster, log, signal } = options
  const { bus, time } = edge
  const stream = logOn(edge, cluster)
  let reigning: Reign | undefined
  await using reading = await openPatiently(edge, options, () =>
    openReading(edge, options, stream, () => reigning?.sequencer.barrier()),
  )
  if (!reading) return
  const { book, observatory, source } = reading
  const vault = createVault()
  // Beside all else: it takes a third of a second of one core, and nobody waits for it.
  void openEarly({ vault, read: options.readPassphrase, state: () => book.state, log })
  const aside = new AbortController()
  const queries = serveQueries(bus, cluster, source)
  const attaching = serveAttach(bus, cluster, log)
  const reader = options
    .serveReader?.(source, AbortSignal.any([signal, aside.signal]))
    .catch((error: unknown) => log.error({ error: String(error) }, 'the REST API has ended'))
  const restore = async () => {
    await bus.ensureStreams()
    // Satellites that were back before the streams were have spoken to nobody.
    bus.publish(subjectsOf(cluster).republishAll, '')
    await reigning?.republish()
  }
  using _back = bus.onReconnect(() => {
    restore().catch((error: unknown) =>
      log.error({ error: String(error) }, 'the documents could not be published again'),
    )
  })
  log.info({ sequence: book.state.position.sequence }, 'standing by')
  while (!signal.aborted && !aside.signal.aborted) {
    reading.tellMembers()
    try {
      await using lease = await standBy(edge, options, { book, stream })
      if (!lease) break
      await lead(edge, options, { book, stream, observatory, lease, vault }, (now) => {
        reigning = now
      })
    } catch (error) {
      if (error instanceof LogsDiverge || error instanceof JournalCorrupt) throw error
      if (error instanceof NewerRelease) aside.abort(error)
      else log.error({ error: String(error) }, 'could not lead; trying again')
      await time.sleep(retryMs, signal)
    }
  }
  queries[Symbol.dispose]()
  attaching[Symbol.dispose]()
  await reader
  if (aside.signal.aborted) await standAside(options, aside.signal.reason)
  await book.checkpoint()
}

/** Servers start in any order, and a log that is kept by a majority waits for one. */
async function openPatiently<R>(
  { bus, time }: Edge,
  options: ControllerSettings,
  open: () => Promise<R>,
): Promise<R | undefined> {
  const { log, signal } = options
  while (!signal.aborted) {
    try {
      await bus.ensureStreams()
      return await open()
    } catch (error) {
      if (!isPassing(error)) throw error
      log.warn({ error: String(error) }, 'the log cannot be read yet; trying again')
      await time.sleep(retryMs, signal)
    }
  }
  return undefined
}

/** Follows the log until this controller may lead; undefined when it is to stop. */
async function standBy(
  edge: Edge,
  options: ControllerSettings,
  parts: { readonly book: Book; readonly stream: LogStream },
): Promise<Lease | undefined> {
  const { cluster, name, log, signal } = options
  const following = new AbortController()
  const until = AbortSignal.any([following.signal, signal])
  const newer = new AbortController()
  const stopped = keepFollowing(edge, parts, until, log).catch((error) => newer.abort(error))
  const patience = AbortSignal.any([newer.signal, signal])
  const store = jetStreamLease(edge.bus, cluster)
  const instance = edge.chance.newId()
  try {
    return await acquireLease({ store, clock: edge.time, holder: name, instance }, patience)
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  } finally {
    following.abort()
    await stopped
  }
}

async function lead(
  edge: Edge,
  options: ControllerSettings,
  parts: {
    book: Book
    stream: LogStream
    observatory: Observatory
    lease: Lease
    vault: Vault
  },
  announce: (reign: Reign | undefined) => void,
): Promise<void> {
  const { book, stream, observatory, lease, vault } = parts
  const { log, signal } = options
  await edge.bus.ensureStreams()
  await book.catchUp(stream)
  await book.restoreStream(stream)
  const term = book.state.position.term + 1
  const writer = logWriter(book.journal, stream)
  const isCurrent = () => lease.isHeld() || endsAt(stream, book)
  const now = await reign(edge, options, { book, writer, observatory, vault, term, isCurrent })
  announce(now)
  if (!now.deposed.aborted) options.onLeading?.()
  const over = AbortSignal.any([signal, lease.lost, now.deposed])
  try {
    for (let slept = inspectMs; !over.aborted; slept += inspectMs) {
      await edge.time.sleep(inspectMs, over)
      if (over.aborted) break
      // Where nobody answers, there is another time.
      await now.inspect().catch(() => undefined)
      if (slept % checkpointMs === 0 && now.sequencer.isIdle) await book.checkpoint()
    }
  } finally {
    await now.end()
    announce(undefined)
    if (!signal.aborted) log.warn({ reason: String(over.reason) }, 'leading no more')
    // The state may have run ahead of the log: what was not stored did not happen.
    if (now.deposed.aborted) await book.load()
  }
}

/**
 * Another release leads, whose entries this one cannot read: it neither leads nor tells what would be
 * older and older, and does not end either, since whoever supervises it would only start it again.
 */
async function standAside({ log, signal }: ControllerSettings, reason: unknown): Promise<void> {
  const problem = reason instanceof Error ? reason.message : String(reason)
  log.error({ problem }, 'a later release has written to the log: standing aside until upgraded')
  if (signal.aborted) return
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

/** Whether the log ends with what this book has: the lease was not renewed in time, so it is looked up. */
async function endsAt(stream: LogStream, book: Book): Promise<boolean> {
  const last = await stream.last()
  return (last?.sequence ?? 0) <= book.state.position.sequence
}
