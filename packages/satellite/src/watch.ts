/** Follows DRBD's events for the whole lifetime, over every death of the follower. */
import { backoffMs } from './core/backoff.ts'
import { type DrbdTable, isAnySyncing } from './drbd-table.ts'
import type { Host } from './host/host.ts'
import { drbdVersion } from './inventory.ts'
import { parseEvents } from './layers/drbd/parse.ts'
import { eventsFollowArgv, eventsNowArgv } from './layers/drbd/steps.ts'
import type { Clock, Log } from './ports.ts'

/** How often a missing module is looked for: one small file, no process. */
const moduleLookMs = 5_000

export type WatchOptions = {
  readonly host: Host
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly table: DrbdTable
  readonly onChange: (names: readonly string[], matters: boolean) => void
}

export async function watchDrbd(options: WatchOptions): Promise<void> {
  const { host, clock, log, signal, table } = options
  let deaths = 0
  while (!signal.aborted) {
    const version = await drbdVersion(host)
    if (version === undefined) {
      await clock.sleep(moduleLookMs, signal)
      continue
    }
    const sawAnything = await followOnce(options)
    // What is remembered is stale from now on; the first dump of the next one replaces it.
    table.flush()
    if (signal.aborted) return
    deaths = sawAnything ? 1 : deaths + 1
    log.warn({ version, deaths }, 'drbdsetup events2 ended, it is started again')
    await clock.sleep(backoffMs(deaths), signal)
  }
}

/** 8.4 tells states but no progress: while something syncs, it is looked at this often. */
const progressMs = 2_000

/** Runs beside the follower and does nothing on DRBD 9, whose events have the percentage. */
export async function watchProgress(options: WatchOptions): Promise<void> {
  const { host, clock, signal, table, onChange } = options
  while (!signal.aborted) {
    await clock.sleep(progressMs, signal)
    if (!isAnySyncing(table.all()) || !(await drbdVersion(host))?.startsWith('8.')) continue
    const { resources } = parseEvents((await host.run(eventsNowArgv, { signal })).stdout)
    const names = table.progress(resources)
    if (names.length > 0) onChange(names, false)
  }
}

/** Until it dies; true when it told at least its first dump. */
async function followOnce({ host, signal, table, onChange }: WatchOptions): Promise<boolean> {
  await using process = host.follow(eventsFollowArgv, signal)
  const told = gather(onChange)
  for await (const line of process.lines) {
    const { names, matters } = table.feed(line)
    if (names.length > 0 || matters) told.add(names, matters)
  }
  // While the table still knows what they are about.
  told.now()
  return table.isLive()
}

/**
 * One change makes many lines that come together (an adjust, a lost peer): what they say is told
 * once, as soon as all that has arrived has been read.
 */
function gather(onChange: WatchOptions['onChange']) {
  const names = new Set<string>()
  let isMatter = false
  let waiting: NodeJS.Immediate | undefined
  const now = () => {
    clearImmediate(waiting)
    if (waiting === undefined) return
    const [all, matters] = [[...names], isMatter]
    names.clear()
    isMatter = false
    waiting = undefined
    onChange(all, matters)
  }
  const add: WatchOptions['onChange'] = (more, matters) => {
    for (const name of more) names.add(name)
    isMatter ||= matters
    waiting ??= setImmediate(now)
  }
  return { add, now }
}
