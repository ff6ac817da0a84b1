/**
 * Commands of the bcache layer. Before a volume in use is registered its superblocks are read: the
 * set that is named there must be the one that was made with it, so a device that was replaced or
 * emptied is told by name.
 */
import type { DesiredStorage } from '@varve/events'
import { kernel, run, type Step } from '../../core/step.ts'
import type { CachedVolume } from '../cache/steps.ts'
import { bcacheLabel, dataPath, registerPath, setUuid } from './names.ts'

/** struct cache_sb (drivers/md/bcache, linux/bcache.h), bytes from the beginning of the device. */
const magicAt = 4096 + 24
const magic = 'c68573f6-4e1a-45ca-8265-f57f48ba6d81'
/** Magic, UUID of the device, UUID of the set: 16 bytes each. */
const untilSetBytes = 48
const labelBytes = 32
const flagsBytes = 8

/** Bits 61 and 62 of the flags: the data has a cache, and all of it (20) or not (40) is on the data. */
const cachedStates = '(?:20|40)'
const anyByte = String.raw`\s+[0-9a-f]{2}`

const bytesOf = (uuid: string) =>
  (uuid.replaceAll('-', '').match(/../g) ?? []).join(String.raw`\s+`)

/** A superblock of the set, on its data or on its cache. */
const belongsTo = (storage: DesiredStorage) =>
  `${bytesOf(magic)}(?:${anyByte}){16}\\s+${bytesOf(setUuid(storage))}`

/** Superblocks of both, then the kernel is told of them, cache first; then the data gets our mark. */
export function makeSteps(volume: CachedVolume): Step[] {
  const { cache, data, cacheDevice, storage } = volume
  if (cache.kind !== 'bcache') return []
  const set = ['--cset-uuid', setUuid(storage)]
  const shared = cache.options.filter((word) => word.startsWith('--block='))
  const mode = cache.mode === 'writeback' ? ['--writeback'] : []
  const why = 'the volume is new, and so is its cache'
  return [
    run('make-bcache', ['make-bcache', '--cache', ...set, ...cache.options, cacheDevice], why),
    run('make-bcache', ['make-bcache', '--bdev', ...set, ...shared, ...mode, data], why),
    ...registerSteps(cacheDevice),
    ...registerSteps(data),
    ...labelSteps(volume),
  ]
}

/** udev may be at it at the same time: then one of both finds it done. */
export function registerSteps(device: string): Step[] {
  const change = { op: 'trigger', path: registerPath, text: device } as const
  return [settleStep, kernel(change, `the kernel shall use ${device}`)]
}

export function labelSteps({ storage }: CachedVolume): Step[] {
  const path = `${dataPath(setUuid(storage))}/label`
  const change = { op: 'set', path, text: bcacheLabel(storage) } as const
  return [kernel(change, 'the data says whose it is, and is found by it'), settleStep]
}

export const settleStep: Step = run(
  'udevadm settle',
  ['udevadm', 'settle', '--timeout=10'],
  'udev registers bcache devices, and makes the links that they are opened by',
  { mayFail: true },
)

export function checkCache({ cacheDevice, storage }: CachedVolume): Step {
  return check(cacheDevice, untilSetBytes, belongsTo(storage), storage.name)
}

export function checkData({ data, storage }: CachedVolume): Step {
  const rest = labelBytes + flagsBytes - 1
  const pattern = `${belongsTo(storage)}(?:${anyByte}){${rest}}\\s+${cachedStates}`
  return check(data, untilSetBytes + labelBytes + flagsBytes, pattern, storage.name)
}

function check(device: string, bytes: number, expects: string, name: string): Step {
  return run(
    'check superblock',
    [
      ...['od', '--address-radix=n', '--format=x1', '--output-duplicates'],
      ...[`--skip-bytes=${magicAt}`, `--read-bytes=${bytes}`, device],
    ],
    `${device} must have the cache that was made with the volume`,
    {
      expects,
      problem: 'companion-gone',
      shuts: name,
      meaning: `${device} has lost the cache of ${name}: what was written last may have been on it alone, so the volume stays closed and no new cache is made over it`,
    },
  )
}

export function attachStep({ storage }: CachedVolume, control: string): Step {
  const change = { op: 'trigger', path: `${control}/attach`, text: setUuid(storage) } as const
  return kernel(change, `${storage.name} was detached from its cache`)
}

const pollMs = 1_000
const patienceMs = 180_000

/** As with the other caches it may fail: the volume is about to be destroyed. */
export function detachSteps(name: string, control: string): Step[] {
  const why = `what only the cache of ${name} has is written to its data`
  return [
    kernel({ op: 'trigger', path: `${control}/detach`, text: '1' }, why, { mayFail: true }),
    run('wait until clean', ['cat', `${control}/state`], why, {
      mayFail: true,
      expects: '^no cache',
      meaning: `blocks of ${name} are still only in its cache`,
      retries: { times: patienceMs / pollMs, pauseMs: pollMs },
    }),
  ]
}
