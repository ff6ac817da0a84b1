/**
 * bcache: data and cache have a superblock each, which udev and others tell the kernel of. Data that
 * belongs to a cache runs only with it. All that was written stays on the cache's device, until it is
 * detached or, when it writes through, at once.
 */
import { type BlockDevice, createInner } from '../block.ts'
import type { Machine } from '../machine.ts'

const headerKib = 8

/** Data that the kernel was told of. */
export type BcacheData = {
  readonly data: BlockDevice
  /** Its device: undefined while it waits for its cache. */
  running: { readonly number: number; readonly inner: BlockDevice } | undefined
}

export type Bcache = {
  /** By UUID of the set: the device of the cache. */
  readonly sets: Map<string, BlockDevice>
  /** By name of the device below. */
  readonly data: Map<string, BcacheData>
}

export const createBcache = (): Bcache => ({ sets: new Map(), data: new Map() })

const opener = 'bcache'

/** `vg0/web_00000` as a directory below /sys/block. */
export const kernelName = ({ path }: BlockDevice) => path.replaceAll('/', '!')

/** What udev does when a device comes up, where its rules are installed. */
export function comeUp(machine: Machine, device: BlockDevice): void {
  if (!device.bcache || machine.missing.has('make-bcache')) return
  machine.modules.add('bcache')
  register(machine, device)
}

/** Tells the kernel of a device; what it knows already is as good. Returns what it would say. */
export function register({ bcache }: Machine, device: BlockDevice): string | undefined {
  const block = device.bcache
  if (!block || device.failed) return 'Invalid argument'
  if (bcache.sets.get(block.set) === device || bcache.data.has(kernelName(device))) return undefined
  if (device.openers.size > 0) return 'Invalid argument'
  device.openers.add(opener)
  if (block.role === 'cache') bcache.sets.set(block.set, device)
  else bcache.data.set(kernelName(device), { data: device, running: undefined })
  for (const each of bcache.data.values()) run(bcache, each)
  return undefined
}

/** Data that is named in a cache's superblock is attached when both are there for the first time. */
function run(bcache: Bcache, each: BcacheData): void {
  const { data, running } = each
  const block = data.bcache
  if (!block || running) return
  const cache = bcache.sets.get(block.set)
  if (block.isAttached && !cache) return
  const numbers = [...bcache.data.values()].map((other) => other.running?.number ?? -1)
  const number = Math.max(-1, ...numbers) + 1
  const inner = (block.isAttached ? cache?.cache?.inner : undefined) ?? behind(data, cache)
  if (cache) attach(data, cache, inner)
  inner.sizeKib = data.sizeKib - headerKib
  each.running = { number, inner }
}

/** From now on what is written may be in the cache alone. */
export function attach(data: BlockDevice, cache: BlockDevice, inner: BlockDevice): void {
  if (!data.bcache) return
  cache.cache = { kind: 'bcache', inner }
  data.bcache.isAttached = true
}

function behind(data: BlockDevice, cache?: BlockDevice): BlockDevice {
  const inner = createInner(data, headerKib)
  inner.content = new Map(data.content)
  inner.signatures = [...data.signatures]
  inner.drbd = data.drbd && structuredClone(data.drbd)
  const failed = { get: () => data.failed || cache?.failed === true, set: () => {} }
  return Object.defineProperties(inner, { failed })
}

/** Everything that only the cache has goes to the data. */
export function flush({ data, running }: BcacheData): void {
  if (!running) return
  data.content = new Map(running.inner.content)
  data.signatures = [...running.inner.signatures]
  data.drbd = running.inner.drbd && structuredClone(running.inner.drbd)
}

export function isDirty({ data, running }: BcacheData): boolean {
  if (!running || data.bcache?.writesBack !== true) return false
  return [...running.inner.content].some(([at, value]) => data.content.get(at) !== value)
}

export function stop(machine: Machine, each: BcacheData): void {
  if (each.data.bcache?.writesBack !== true) flush(each)
  each.data.openers.delete(opener)
  machine.bcache.data.delete(kernelName(each.data))
}

export function unregister(machine: Machine, set: string): void {
  machine.bcache.sets.get(set)?.openers.delete(opener)
  machine.bcache.sets.delete(set)
}

/** `/dev/bcacheN`, or the link that udev makes of a label. */
export function bcacheDevice({ bcache }: Machine, path: string): BlockDevice | undefined {
  const [, number, label] = /^\/dev\/bcache(?:(\d+)|\/by-label\/(.+))$/.exec(path) ?? []
  const found = [...bcache.data.values()].find(({ data, running }) =>
    label === undefined ? `${running?.number}` === number : data.bcache?.label === label,
  )
  return number === undefined && label === undefined ? undefined : found?.running?.inner
}

/** The power is gone. */
export function forgetBcache(machine: Machine): void {
  for (const each of [...machine.bcache.data.values()]) {
    each.running?.inner.openers.clear()
    stop(machine, each)
  }
  for (const set of [...machine.bcache.sets.keys()]) unregister(machine, set)
}
