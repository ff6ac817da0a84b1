/** What the kernel and udev say of one block device: read from their files, so without a process. */
import type { BlockGeometry } from '@varve/events'
import type { Host } from '../host/host.ts'

export type DeviceView = {
  /** The kernel's name and number: another of either is another device. */
  readonly identity: string
  readonly geometry: BlockGeometry
  /** All links in /dev that lead to it, sorted. */
  readonly symlinks: readonly string[]
}

/** Undefined: there is no such device. What `known` says of the same one still holds, but for its links. */
export async function readDevice(
  host: Host,
  path: string,
  known?: DeviceView,
): Promise<DeviceView | undefined> {
  const end = await host.resolve(path)
  if (!end?.startsWith('/dev/')) return undefined
  const name = end.slice('/dev/'.length).replaceAll('/', '!')
  const number = (await host.readFile(`/sys/class/block/${name}/dev`))?.trim()
  if (number === undefined) return undefined
  const identity = `${name} ${number}`
  const symlinks = linksOf(await host.readFile(`/run/udev/data/b${number}`))
  if (known?.identity !== identity) {
    return { identity, geometry: await geometryOf(host, name), symlinks }
  }
  const isSame = known.symlinks.join('\n') === symlinks.join('\n')
  return isSame ? known : { ...known, symlinks }
}

/** A udev database record has a line `S:disk/by-id/…` for each link (systemd, device-private.c). */
function linksOf(record = ''): string[] {
  const lines = record.split('\n').filter((line) => line.startsWith('S:'))
  return lines.map((line) => `/dev/${line.slice('S:'.length)}`).sort()
}

async function geometryOf(host: Host, name: string): Promise<BlockGeometry> {
  const bytes = async (file: string) =>
    Number((await host.readFile(`/sys/class/block/${name}/queue/${file}`))?.trim() ?? 0)
  const [logical, physical, minimum, optimal, discard, most] = await Promise.all([
    bytes('logical_block_size'),
    bytes('physical_block_size'),
    bytes('minimum_io_size'),
    bytes('optimal_io_size'),
    bytes('discard_granularity'),
    bytes('discard_max_bytes'),
  ])
  return {
    logicalBlockBytes: logical,
    physicalBlockBytes: physical,
    minimumIoBytes: minimum,
    optimalIoBytes: optimal,
    // Some devices have a granularity, and no discard at all.
    discardGranularityBytes: most === 0 ? 0 : discard,
  }
}
