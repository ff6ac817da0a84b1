/**
 * dm-writecache and dm-cache: what is written goes to the cache, and to the data when somebody asks
 * for it. All that was written stays on the cache's device: without it only what was flushed is left.
 */
import type { BlockDevice, CacheHeader } from '../block.ts'
import type { Machine } from '../machine.ts'
import type { CacheTable } from './table.ts'

/** An open cached device. */
export type CachedDevice = {
  readonly name: string
  readonly uuid: string
  readonly minor: number
  readonly header: CacheHeader
  readonly data: BlockDevice
  readonly below: readonly BlockDevice[]
  table: CacheTable
  /** Loaded, and in force after the next resume. */
  next: CacheTable | undefined
}

export const openerOf = (name: string) => `cached ${name}`

/** Everything that only the cache has goes to the data. */
export function flush({ header, data }: CachedDevice): void {
  data.content = new Map(header.inner.content)
  data.signatures = [...header.inner.signatures]
  data.drbd = header.inner.drbd && structuredClone(header.inner.drbd)
}

/** Blocks that only the cache has. */
export function dirtyBlocks({ header, data }: CachedDevice): number {
  return [...header.inner.content].filter(([at, value]) => data.content.get(at) !== value).length
}

export function closeCached(machine: Machine, device: CachedDevice): void {
  if (device.table.writesThrough) flush(device)
  for (const each of device.below) each.openers.delete(openerOf(device.name))
  machine.cached.delete(device.name)
}

/** The device node of an open one. */
export function cachedDevice(machine: Machine, path: string): BlockDevice | undefined {
  const name = /^\/dev\/mapper\/(.+)$/.exec(path)?.[1]
  return name === undefined ? undefined : machine.cached.get(name)?.header.inner
}

/** The power is gone: nothing is open any more. */
export function forgetCached(machine: Machine): void {
  for (const device of [...machine.cached.values()]) {
    device.header.inner.openers.clear()
    closeCached(machine, device)
  }
}
