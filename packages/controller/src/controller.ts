/**
 * A controller: folds the log all the time, leads while it holds the lease. A standby has read
 * everything already, so taking over is: win the lease, fold the last blocks, be elected.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { subjectsOf } from '@varve/events'
import { ulid } from 'ulid'
import type { Book } from './book.ts'
import { acquireLease, type Lease } from './lead/lease.ts'
import { jetStreamLease, monotonicClock } from './lead/lease-jetstream.ts'
import { type Reign, reign } from './lead/reign.ts'
import { jetStreamLog } from './log/jetstream.ts'
import { isPassing } from './log/jetstream-api.ts'
import { JournalCorrupt } from './log/journal-scan.ts'
import type { LogStream } from './log/port.ts'
import { LogsDiverge } from './log/reconcile.ts'
import { ensureStreams } from './log/stream.ts'
import { logWriter } from './log/writer.ts'
import { onReconnect } from './nats/reconnect.ts'
import type { Observatory } from './observe/observatory.ts'
import type { ControllerOptions } from './options.ts'
import { keepFollowing, openReading } from './reader.ts'
import { openEarly } from './secrets/at-start.ts'
import { createVault, type Vault } from './secrets/vault.ts'
import { serveAttach } from './serve/attach.ts'
import { serveQueries } from './serve/queries.ts'

const retryMs = 1_000
const checkpointMs = 30_000

/** Runs until the signal; throws only what waiting cannot mend (a damaged or divergent log). */
export async function runController(options: ControllerOptions): Promise<void> {
  const { connection, cluster, log, signal } = options
  const stream = jetStreamLog(connection, cluster)
  let reigning: Reign | undefined
  await using reading = await openPatiently(options, () =>
    openReading(options, stream, () => reigning?.sequencer.barrier()),
  )
  if (!reading) return
  const { book, observatory, source } = reading
  const vault = createVault()
  // Beside all else: it takes a third of a second of one core, and nobody waits for it.
  void openEarly({ vault, read: options.readPassphrase, state: () => book.state, log })
  const queries = serveQueries(connection, cluster, source)
  const attaching = await serveAttach(connection, cluster, log)
  const reader = options
    .serveReader?.(source, signal)
    .catch((error: unknown) => log.error({ error: String(error) }, 'the REST API has ended'))
  const restore = async () => {
    await ensureStreams(connection, { cluster, replicas: options.replicas })
    // Satellites that were back before the streams were have spoken to nobody.
    connection.publish(subjectsOf(cluster).republishAll)
    await reigning?.republish()
  }
  using _back = onReconnect(connection, () => {
    restore().catch((error: unknown) =>
      log.error({ error: String(error) }, 'the documents could not be published again'),
    )
  })
  log.info({ sequence: book.state.position.sequence }, 'standing by')
  while (!signal.aborted) {
    reading.tellMembers()
    try {
      await using lease = await standBy(options, book, stream)
      if (!lease) break
      await lead(options, { book, stream, observatory, lease, vault }, (now) => {
        reigning = now
      })
    } catch (error) {
      if (error instanceof LogsDiverge || error instanceof JournalCorrupt) throw error
      log.error({ error: String(error) }, 'could not lead; trying again')
      await delay(retryMs, undefined, { signal }).catch(() => undefined)
    }
  }
  queries.unsubscribe()
  attaching.unsubscribe()
  await reader
  await book.checkpoint()
}

/** Servers start in any order, and a log that is kept by a majority waits for one. */
async function openPatiently<R>(
  options: ControllerOptions,
  open: () => Promise<R>,
): Promise<R | undefined> {
  const { connection, log, signal } = options
  while (!signal.aborted) {
    try {
      await ensureStreams(connection, options)
      return await open()
    } catch (error) {
      if (!isPassing(error)) throw error
      log.warn({ error: String(error) }, 'the log cannot be read yet; trying again')
      await delay(retryMs, undefined, { signal }).catch(() => undefined)
    }
  }
  return undefined
}

/** Follows the log until this controller may lead; undefined when it is to stop. */
async function standBy(
  options: ControllerOptions,
  book: Book,
  stream: LogStream,
): Promise<Lease | undefined> {
  const { connection, cluster, name, log, signal } = options
  const following = new AbortController()
  const until = AbortSignal.any([following.signal, signal])
  const stopped = keepFollowing(book, stream, until, log)
  const clock = monotonicClock
  const store = jetStreamLease(connection, cluster)
  try {
    return await acquireLease({ store, clock, holder: name, instance: ulid() }, signal)
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  } finally {
    following.abort()
    await stopped
  }
}

async function lead(
  options: ControllerOptions,
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
  await ensureStreams(options.connection, options)
  await book.catchUp(stream)
  await book.restoreStream(stream)
  const term = book.state.position.term + 1
  const writer = logWriter(book.journal, stream)
  const now = await reign(options, { book, writer, observatory, vault, term })
  announce(now)
  options.onLeading?.()
  const over = AbortSignal.any([signal, lease.lost, now.deposed])
  try {
    while (!over.aborted) {
      await delay(checkpointMs, undefined, { signal: over }).catch(() => undefined)
      if (!over.aborted && now.sequencer.isIdle) await book.checkpoint()
    }
  } finally {
    await now.end()
    announce(undefined)
    if (!signal.aborted) log.warn({ reason: String(over.reason) }, 'leading no more')
    // The state may have run ahead of the log: what was not stored did not happen.
    if (now.deposed.aborted) await book.load()
  }
}
