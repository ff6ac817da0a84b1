/**
 * What is known of the devices that reports name. A device is read when it is first asked for, and
 * again when the kernel has told of an event about any device; who asked hears of what has changed.
 */
import { createBell } from '../bell.ts'
import type { Host } from '../host/host.ts'
import type { Clock, Log } from '../ports.ts'
import { type DeviceView, readDevice } from './read.ts'

/** On a busy machine events never end. */
const pauseMs = 20_000

/** What the kernel counts them by. */
const countPath = '/sys/kernel/uevent_seqnum'

export type GeometryTable = {
  /** What is known of the device; `resource` is told of when that becomes another. */
  readonly of: (path: string, resource: string) => DeviceView | undefined
  /** As `of`, by somebody who does not want to hear of it. */
  readonly peek: (path: string) => DeviceView | undefined
  readonly run: () => Promise<void>
}

export function createGeometryTable(options: {
  readonly host: Host
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly onChange: (resource: string) => void
}): GeometryTable {
  const { host, clock, log, signal, onChange } = options
  const bell = createBell(clock)
  const known = new Map<string, DeviceView>()
  const asked = new Map<string, string>()
  const fresh = new Set<string>()
  let count: string | undefined

  async function read(path: string): Promise<void> {
    const before = known.get(path)
    // The kernel answers with an error about a device that goes while it is read.
    const now = await readDevice(host, path, before).catch(() => undefined)
    const resource = asked.get(path)
    if (now) known.set(path, now)
    else {
      known.delete(path)
      asked.delete(path)
    }
    if (now !== before && resource !== undefined) onChange(resource)
  }

  /** What is new need not wait for the pause to be over. */
  async function look(isTime: boolean): Promise<void> {
    const counted = isTime ? await host.readFile(countPath) : count
    const paths = counted === count ? [...fresh] : [...new Set([...known.keys(), ...fresh])]
    count = counted
    fresh.clear()
    for (const path of paths) if (!signal.aborted) await read(path)
  }

  return {
    of: (path, resource) => {
      asked.set(path, resource)
      const view = known.get(path)
      if (!view && !fresh.has(path)) {
        fresh.add(path)
        bell.ring()
      }
      return view
    },
    peek: (path) => known.get(path),
    run: async () => {
      let next = clock.now() + pauseMs
      while (!signal.aborted) {
        await bell.wait(Math.max(0, next - clock.now()), signal)
        const isTime = clock.now() >= next
        if (isTime) next = clock.now() + pauseMs
        // What cannot be read for once is no reason to stop all else that the satellite does.
        await look(isTime).catch((error: unknown) =>
          log.error({ error }, 'a look at the devices of volumes failed'),
        )
      }
    },
  }
}
