/** What the kernel does when a table is given to it: looks for its devices, and for a superblock. */
import { type BlockDevice, type CacheHeader, createInner } from '../block.ts'
import { findDevice } from '../devices.ts'
import type { Machine } from '../machine.ts'
import { type CachedDevice, openerOf } from './model.ts'
import type { CacheTable } from './table.ts'

/** Opens it, or says what the kernel would. Where there are zeroes a new cache begins. */
export function openCached(
  machine: Machine,
  { name, uuid }: Pick<CachedDevice, 'name' | 'uuid'>,
  table: CacheTable,
): string | undefined {
  const data = findDevice(machine, table.data)
  const cache = findDevice(machine, table.cache)
  const first = findDevice(machine, table.metadata ?? table.cache)
  if (!data || !cache || !first) return 'No such file or directory'
  const below = [...new Set([data, cache, first])]
  if (below.some(({ openers }) => openers.size > 0)) return 'Device or resource busy'
  if (below.some(({ failed }) => failed)) return 'Input/output error'
  if (table.sizeKib > data.sizeKib) return 'Invalid argument'
  if (first.cache && first.cache.kind !== table.kind) return 'Invalid argument'
  first.cache ??= newHeader(table.kind, data, cache)
  first.cache.inner.sizeKib = table.sizeKib
  machine.nextMinor += 1
  const opener = openerOf(name)
  for (const device of below) device.openers.add(opener)
  const { nextMinor: minor } = machine
  const header = first.cache
  machine.cached.set(name, { name, uuid, minor, header, data, below, table, next: undefined })
  return undefined
}

function newHeader(kind: CacheTable['kind'], data: BlockDevice, cache: BlockDevice): CacheHeader {
  const inner = createInner(data, 0)
  inner.content = new Map(data.content)
  inner.signatures = [...data.signatures]
  inner.drbd = data.drbd && structuredClone(data.drbd)
  const failed = { get: () => data.failed || cache.failed, set: () => {} }
  return { kind, inner: Object.defineProperties(inner, { failed }) }
}
