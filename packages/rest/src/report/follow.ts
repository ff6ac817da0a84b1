/** Keeps the book while nobody asks: what failed in the night is over in the morning. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger, Ports } from '../ports.ts'
import { changesOf } from '../wait/changes.ts'
import type { ReportBook } from './book.ts'
import { lookAtAll, lookAtDefinitions } from './look.ts'

/** Where the book is kept while the process does not run. */
export type ReportStore = {
  /** Undefined: nothing was kept yet. */
  readonly read: () => Promise<string | undefined>
  readonly write: (text: string) => Promise<void>
}

/** Changes come by the thousand; a failure stays for seconds. */
const pauseMs = 250
/** A look at all resources takes some 10 ms with 30,000. */
const wholePauseMs = 2_000
const longestMs = 60_000
/** Written down at most so often; the last time when the process ends. */
const keepMs = 5_000

export async function followReports(
  ports: Ports,
  book: ReportBook,
  store: ReportStore | undefined,
  signal: AbortSignal,
): Promise<void> {
  using changes = changesOf(ports.onChange)
  let kept = book.version
  let keptAt = 0
  lookAtAll(ports.world(), book)
  while (!signal.aborted) {
    const isKept = kept === book.version
    const changed = await changes.next(isKept ? longestMs : keepMs, signal)
    if (changed === 'anything') lookAtAll(ports.world(), book)
    else if (changed !== undefined) lookAtDefinitions(ports.world(), changed, book)
    const isTime = performance.now() - keptAt >= keepMs || signal.aborted
    if (kept !== book.version && isTime) {
      kept = book.version
      keptAt = performance.now()
      await keep(store, book, ports.log)
    }
    const pause = changed === 'anything' ? wholePauseMs : pauseMs
    await delay(pause, undefined, { signal }).catch(() => undefined)
  }
}

/** Reports are a help: a full disk is no reason to serve nothing. */
async function keep(store: ReportStore | undefined, book: ReportBook, log: Logger): Promise<void> {
  try {
    await store?.write(book.print())
  } catch (error) {
    log.warn({ error: String(error) }, 'error reports could not be written down')
  }
}
