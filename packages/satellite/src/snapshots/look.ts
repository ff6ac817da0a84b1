/** Reads the markers of suspensions and the clock that they are measured by. */
import type { Host } from '../host/host.ts'
import { readSuspension, readUptime, type Suspension, suspensionDirectory } from './marker.ts'

/** By `resource@snapshot`. */
export async function readSuspensions(host: Host): Promise<Map<string, Suspension>> {
  const found = new Map<string, Suspension>()
  for (const name of await host.list(suspensionDirectory)) {
    const text = await host.readFile(`${suspensionDirectory}/${name}`)
    const suspension = readSuspension(name, text)
    if (suspension) found.set(name, suspension)
  }
  return found
}

/** Milliseconds since boot: no administrator and no time server sets this clock. */
export async function uptime(host: Host): Promise<number> {
  return readUptime(await host.readFile('/proc/uptime'))
}
