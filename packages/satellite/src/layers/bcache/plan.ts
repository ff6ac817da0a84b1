/**
 * bcache between storage and what is above it: which steps a volume needs next. Pure.
 *
 * The kernel never lets data that belongs to a cache run without it, and udev registers both as they
 * come up; so mostly there is nothing to do after a restart. Both superblocks are made once.
 */
import type { DesiredVolume } from '@varve/events'
import type { BcacheSeen, Inventory } from '../../core/inventory.ts'
import { kernel, type Step, unused } from '../../core/step.ts'
import type { CachedVolume } from '../cache/steps.ts'
import { bcacheDevice, bcacheLabel, setUuid, unregisterPath } from './names.ts'
import {
  attachStep,
  checkCache,
  checkData,
  detachSteps,
  labelSteps,
  makeSteps,
  registerSteps,
  settleStep,
} from './steps.ts'

/** What the kernel has of a volume: the set of its cache, and its data, with or without the set. */
function seenOf({ storage }: DesiredVolume, inventory: Inventory) {
  if (!storage) return {}
  const set = bcacheAt(inventory, setUuid(storage))
  const data = set?.control === undefined ? bcacheAt(inventory, bcacheLabel(storage)) : set
  return { set, data }
}

function bcacheAt(inventory: Inventory, name: string): BcacheSeen | undefined {
  const seen = inventory.cached.get(name)
  return seen?.kind === 'bcache' ? seen : undefined
}

const isAttached = ({ state }: BcacheSeen) => state === 'clean' || state === 'dirty'

/** The device, as long as it is used through its cache. */
export function openBcacheOf(volume: DesiredVolume, inventory: Inventory): BcacheSeen | undefined {
  const { set, data } = seenOf(volume, inventory)
  const isOpen = data !== undefined && set === data && data.isRunning && isAttached(data)
  return isOpen && volume.storage && data.label === bcacheLabel(volume.storage) ? data : undefined
}

/** Why nothing may be done about the device; undefined when nothing is in the way. */
export function bcacheObstacle(volume: DesiredVolume, inventory: Inventory): string | undefined {
  const { data } = seenOf(volume, inventory)
  if (data?.state !== 'inconsistent') return undefined
  return `${volume.storage?.name} was used without its cache, which has other content now: it stays as it is`
}

/** For an object that nobody has used yet; begun again where it was cut off. */
export function newBcache(
  volume: DesiredVolume,
  cached: CachedVolume,
  clean: readonly Step[],
  inventory: Inventory,
): Step[] {
  const { set, data } = seenOf(volume, inventory)
  if (!set && !data) return [...clean, ...makeSteps(cached)]
  const lacksLabel = data !== undefined && set === data && data.isRunning && isAttached(data)
  return lacksLabel ? labelSteps(cached) : closeSteps({ set, data }, 'it was made in part only')
}

/** Mostly udev has done it. What was detached gets its cache again: all of it is on the data then. */
export function openBcache(
  volume: DesiredVolume,
  cached: CachedVolume,
  inventory: Inventory,
): Step[] {
  const { set, data } = seenOf(volume, inventory)
  if (openBcacheOf(volume, inventory)) return []
  const isDetached = data?.control !== undefined && data.state === 'no cache'
  const steps = [
    ...(set ? [] : [checkCache(cached), ...registerSteps(cached.cacheDevice)]),
    ...(data ? [] : [checkData(cached), ...registerSteps(cached.data)]),
    ...(isDetached ? [attachStep(cached, data.control)] : []),
  ]
  return steps.length === 0 ? [] : [...steps, settleStep]
}

/** The kernel reads the size when it is opened: so it is closed, if nobody has it, and opened again. */
export function growBcache(volume: DesiredVolume, wantedKib: number, inventory: Inventory): Step[] {
  const open = openBcacheOf(volume, inventory)
  if (!volume.storage || !open || open.sizeKib >= wantedKib) return []
  const why = `it has ${open.sizeKib} KiB on a device for ${wantedKib}, and takes a new size when it is opened`
  return [unused(bcacheDevice(volume.storage), why), ...closeSteps({ data: open }, why)]
}

/** All of it reaches the data, then the kernel lets go; the next look shows whether it has. */
export function removeBcache(volume: DesiredVolume, inventory: Inventory): Step[] {
  const { set, data } = seenOf(volume, inventory)
  const { storage } = volume
  if (!storage || (!set && !data)) return []
  const why = `${storage.name} is not wanted any more`
  const isLabelled = data?.isRunning && data.label === bcacheLabel(storage)
  return [
    ...(isLabelled ? [unused(bcacheDevice(storage), why)] : []),
    ...(set && data?.control !== undefined && isAttached(data)
      ? detachSteps(storage.name, data.control)
      : []),
    ...closeSteps({ set, data }, why),
  ]
}

type Closing = { readonly set?: BcacheSeen | undefined; readonly data?: BcacheSeen | undefined }

/** Stopping keeps everything; each may be gone by then, which the next look shows. */
function closeSteps({ set, data }: Closing, why: string): Step[] {
  const trigger = (path: string) =>
    kernel({ op: 'trigger', path, text: '1' }, why, { mayFail: true })
  return [
    ...(data?.control === undefined ? [] : [trigger(`${data.control}/stop`)]),
    ...(set ? [trigger(unregisterPath(set.uuid))] : []),
  ]
}
