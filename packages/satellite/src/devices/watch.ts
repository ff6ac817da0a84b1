/**
 * Tells the machine's disks: at the start, and again when something may have changed. The kernel
 * counts its events about devices, and udev causes one whenever somebody has written to a disk and
 * closed it; so what is asked again and again is a few bytes of memory, and never a process.
 */
import type { ObservedDevices, Subjects } from '@varve/events'
import type { Source } from '../core/report.ts'
import type { Host } from '../host/host.ts'
import type { Clock, Log } from '../ports.ts'
import type { Publisher } from '../publish.ts'
import { lookAtDevices } from './look.ts'

/** How often the kernel's count is read. */
const checkMs = 2_000
/** On a busy machine events never end: two processes in this time at most. */
const shortestPauseMs = 20_000

/** Events about devices; mounts and swap space, which cause none. */
const signs = ['/sys/kernel/uevent_seqnum', '/proc/self/mounts', '/proc/swaps'] as const

export async function watchDevices(options: {
  readonly host: Host
  readonly node: string
  readonly subjects: Subjects
  readonly publisher: Publisher
  readonly source: () => Source
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
}): Promise<void> {
  const { host, clock, log, signal, node, publisher, source, subjects } = options
  let known: string | undefined
  let lookedAt = Number.NEGATIVE_INFINITY

  async function check(): Promise<void> {
    const now = await signsOf(host)
    if (now === known || clock.now() - lookedAt < shortestPauseMs) return
    // Noted before the look: what happens during it is a reason for another one.
    known = now
    lookedAt = clock.now()
    const look = await lookAtDevices(host, { signal })
    if (signal.aborted) return
    if (look.kind === 'unseen') log.warn({ error: look.error }, 'the disks cannot be looked at')
    const seen =
      look.kind === 'seen' ? { devices: [...look.devices] } : { devices: [], error: look.error }
    const message: ObservedDevices = { ...source(), ...seen }
    publisher.offer(subjects.observed(node, 'devices', node), message, JSON.stringify(seen))
  }

  while (!signal.aborted) {
    // A file that cannot be read for once is no reason to stop all else that the satellite does.
    await check().catch((error: unknown) => log.error({ error }, 'a look at the disks failed'))
    await clock.sleep(checkMs, signal)
  }
}

async function signsOf(host: Host): Promise<string> {
  const texts = await Promise.all(signs.map((path) => host.readFile(path)))
  return texts.join('\n')
}
