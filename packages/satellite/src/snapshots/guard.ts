/**
 * Sees to it that input and output are never held for longer than the limit, whatever documents,
 * plans and NATS do. It looks at the markers alone, so it also finds what an earlier satellite left.
 */
import { suspensionLimitMs } from '@varve/events'
import type { Host } from '../host/host.ts'
import type { Clock, Log } from '../ports.ts'
import { readSuspensions, uptime } from './look.ts'
import { leftMs, type Suspension, suspensionPath, suspensionText } from './marker.ts'
import { resumeArgv } from './steps.ts'

export type GuardOptions = {
  readonly host: Host
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** DRBD says now that the input and output of this resource are held. */
  readonly isSuspended: (resource: string) => boolean
  readonly onLifted: () => void
}

/** Two small files are read this often: nobody has to tell the guard that something is held. */
const lookMs = 1_000
const resumeMs = 5_000
/** Whoever hung in `suspend-io` may get through after all: so long it is lifted again. */
const lateMs = 60_000

export async function guardSuspensions(options: GuardOptions): Promise<void> {
  const { clock, log, signal } = options
  while (!signal.aborted) {
    let nextMs = lookMs
    try {
      nextMs = await liftOverdue(options)
    } catch (error) {
      log.error({ error }, 'suspensions cannot be looked at')
    }
    await clock.sleep(nextMs, signal)
  }
}

/** At the end, when nothing runs that could suspend: nobody would lift them without a satellite. */
export async function liftSuspensions(options: GuardOptions): Promise<void> {
  try {
    await liftAll(options)
  } catch (error) {
    options.log.error({ error }, 'suspensions cannot be lifted at the end')
  }
}

/** Milliseconds until the next look. */
async function liftOverdue(options: GuardOptions): Promise<number> {
  const { host, isSuspended } = options
  const markers = await readSuspensions(host)
  if (markers.size === 0) return lookMs
  const nowMs = await uptime(host)
  let nextMs = lookMs
  for (const found of markers.values()) {
    const left = leftMs(found, nowMs, suspensionLimitMs)
    if (found.state === 'lifting') await lift(found, options)
    else if (isLate(found, markers, nowMs) && isSuspended(found.resource)) {
      await lift(found, options)
    }
    if (found.state === 'held' && left === 0) {
      const problem = `input and output were held for ${suspensionLimitMs / 1000} seconds, which is the limit: they go on`
      await lift({ ...found, problem }, options)
    } else if (found.state === 'held') nextMs = Math.min(nextMs, left)
  }
  return nextMs
}

/** Lifted a short while ago, and nobody else holds the same resource now, as another snapshot may. */
function isLate(
  { state, resource, sinceMs }: Suspension,
  markers: ReadonlyMap<string, Suspension>,
  nowMs: number,
): boolean {
  const isHeld = [...markers.values()].some(
    (other) => other.resource === resource && other.state === 'held',
  )
  return state === 'failed' && !isHeld && nowMs >= sinceMs && nowMs - sinceMs < lateMs
}

async function liftAll(options: GuardOptions): Promise<void> {
  for (const found of (await readSuspensions(options.host)).values()) {
    if (found.state === 'failed') continue
    const problem = found.problem ?? 'the satellite was stopped while input and output were held'
    await lift({ ...found, problem }, options)
  }
}

/**
 * `lifting` comes first, so that nobody suspends again in between; `failed` comes last, when they
 * go on. What could not be done is done again at the next look.
 */
async function lift(found: Suspension, options: GuardOptions): Promise<void> {
  const { host, log, onLifted } = options
  const { resource, snapshot, problem } = found
  await put(host, { ...found, state: 'lifting' })
  for (const minor of found.minors) {
    const result = await host.run(resumeArgv(minor), { timeoutMs: resumeMs })
    const isGone = result.exitCode !== 0 && !(await host.exists(`/dev/drbd${minor}`))
    if (result.exitCode === 0 || isGone) continue
    log.error({ resource, snapshot, minor, result }, 'input and output cannot be let go on')
    return
  }
  await put(host, { ...found, state: 'failed', sinceMs: await uptime(host) })
  log.warn({ resource, snapshot, problem }, 'input and output go on, the snapshot has failed')
  onLifted()
}

function put(host: Host, suspension: Suspension): Promise<void> {
  return host.writeFile(suspensionPath(suspension), suspensionText(suspension))
}
