/**
 * Commands of the cache layers. The kernel makes a cache anew where it finds zeroes, so zeroes are
 * written only before the first use, and before each later one it is looked whether the cache that
 * was made then is still there: what users wrote last may be nowhere else.
 */
import type { DesiredCache, DesiredStorage } from '@varve/events'
import type { DmCached } from '../../core/inventory.ts'
import { run, type Step, timeouts } from '../../core/step.ts'
import { cachedName, cachedUuid, type DmKind } from './names.ts'

/** A cached volume with the devices that it is made of. */
export type CachedVolume = {
  readonly storage: DesiredStorage
  readonly cache: DesiredCache
  readonly data: string
  /** Size of the data's device, KiB. */
  readonly dataKib: number
  readonly cacheDevice: string
  /** dm-cache only. */
  readonly metadataDevice: string | undefined
}

/** One of dm-writecache or dm-cache. */
export type DmVolume = CachedVolume & { readonly cache: Extract<DesiredCache, { kind: DmKind }> }

const sectorsPerKib = 2
const sectorBytes = 512
/** dm-writecache works in whole blocks of this. */
const blockKib = 4
/** Magic of dm-writecache's superblock, 0x23489321, as the bytes lie on the device. */
const writecacheMagic = '21 93 48 23'
/** Magic of dm-cache's superblock, 06142003, after checksum, flags, block number and UUID. */
const cacheMagic = '03 c4 18 00 00 00 00 00'
const cacheMagicAt = 32

/**
 * Blocks that may be on their way between cache and data at a time. The kernel's own limit is less
 * than one block of the usual size, so that nothing would ever be written back (seen on 6.1).
 */
const blocksInMotion = 10

/** Size that the cached device can have, KiB. */
export const cachedKib = (dataKib: number) => Math.floor(dataKib / blockKib) * blockKib

/** One line for the kernel (Documentation/admin-guide/device-mapper/{writecache,cache}.rst). */
function tableOf(volume: DmVolume, policy?: string): string {
  const { cache, data, dataKib, cacheDevice, metadataDevice } = volume
  const head = ['0', cachedKib(dataKib) * sectorsPerKib, cache.kind]
  if (cache.kind === 'writecache') {
    const start = cache.startSector > 0 ? ['start_sector', cache.startSector] : []
    const words = [...start, ...cache.options]
    return [...head, 's', data, cacheDevice, blockKib * 1024, words.length, ...words].join(' ')
  }
  const { blockSectors } = cache
  // A cache that is being cleaned may still have what an earlier mode has left in it.
  const mode = policy === 'cleaner' ? 'writeback' : cache.mode
  const threshold = ['migration_threshold', blockSectors * blocksInMotion]
  const rest = [blockSectors, 1, mode, policy ?? cache.policy, threshold.length, ...threshold]
  return [...head, metadataDevice, cacheDevice, data, ...rest].join(' ')
}

/** Where the superblock of the cache is: its device, and the byte at which it begins. */
function superblockOf({ cache, cacheDevice, metadataDevice }: DmVolume) {
  return cache.kind === 'writecache'
    ? {
        device: cacheDevice,
        at: cache.startSector * sectorBytes,
        magicAt: 0,
        magic: writecacheMagic,
      }
    : { device: metadataDevice ?? cacheDevice, at: 0, magicAt: cacheMagicAt, magic: cacheMagic }
}

/** For a volume that nobody has used yet: the cache begins empty. */
export function newCacheSteps(volume: DmVolume): Step[] {
  const { device, at } = superblockOf(volume)
  const seek = at / sectorBytes
  return [
    run(
      'zero superblock',
      [
        ...['dd', 'if=/dev/zero', `of=${device}`, `bs=${sectorBytes}`, 'count=8', `seek=${seek}`],
        ...['oflag=direct', 'conv=fsync,notrunc', 'status=none'],
      ],
      `the volume is new, and so is its cache on ${device}`,
    ),
    createStep(volume),
  ]
}

/** For a volume in use: never without the cache that it was made with. */
export function openSteps(volume: DmVolume): Step[] {
  const { device, at, magicAt, magic } = superblockOf(volume)
  const bytes = magic.split(' ').length
  return [
    run(
      'check superblock',
      [
        ...['od', '--address-radix=n', '--format=x1', `--skip-bytes=${at + magicAt}`],
        ...[`--read-bytes=${bytes}`, device],
      ],
      `${device} must have the cache that was made with the volume`,
      {
        expects: magic,
        problem: 'companion-gone',
        shuts: volume.storage.name,
        meaning: `${device} has lost the cache of ${volume.storage.name}: what was written last may have been on it alone, so the volume stays closed and no new cache is made over it`,
      },
    ),
    createStep(volume),
  ]
}

function createStep(volume: DmVolume): Step {
  const { storage, cache } = volume
  return run(
    'dmsetup create',
    [
      ...['dmsetup', 'create', cachedName(cache.kind, storage.name)],
      ...['--uuid', cachedUuid(storage), '--table', tableOf(volume)],
    ],
    `${volume.data} is used through its cache`,
  )
}

/**
 * A new table with the new size. `resume` changes tables in one call of the kernel, so nothing is
 * left suspended; a writecache is written out meanwhile, since two tables must not share its blocks.
 */
export function resizeSteps(volume: DmVolume, mapping: DmCached): Step[] {
  const { name, sizeKib } = mapping
  const why = `${name} has ${sizeKib} KiB on a device of ${volume.dataKib} KiB`
  const isWritecache = volume.cache.kind === 'writecache'
  return [
    // Most of it while input and output go on: they are held for what comes in meanwhile only.
    ...(isWritecache ? [flushStep(name)] : []),
    run('dmsetup load', ['dmsetup', 'load', name, '--table', tableOf(volume)], why),
    ...(isWritecache ? [flushOnSuspend(name)] : []),
    run('dmsetup resume', ['dmsetup', 'resume', name], why, {
      timeoutMs: timeouts.bulk,
      undo: [resumeStep(name, 'it must not stay suspended')],
    }),
  ]
}

function flushOnSuspend(name: string): Step {
  const why = 'the next table must find an empty cache'
  return run('flush on suspend', ['dmsetup', 'message', name, '0', 'flush_on_suspend'], why)
}

export function resumeStep(name: string, why: string): Step {
  return run('dmsetup resume', ['dmsetup', 'resume', name], why)
}

const pollMs = 1_000

/**
 * Everything to the data's device, then the mapping goes. Flushing may fail: the volume is about to
 * be destroyed, and a broken disk must not keep it for ever. Until then all of it is on its data.
 */
export function removeSteps(volume: DmVolume | undefined, mapping: DmCached): Step[] {
  const { name, kind } = mapping
  const why = `${name} is not wanted any more`
  return [
    ...(kind === 'writecache' ? [flushStep(name)] : cleanSteps(volume, name)),
    run('dmsetup remove', ['dmsetup', 'remove', '--retry', name], why),
  ]
}

const may = { mayFail: true, timeoutMs: timeouts.bulk } as const
const flushWhy = (name: string) => `what only the cache of ${name} has is written to its data`

function flushStep(name: string): Step {
  return run('flush', ['dmsetup', 'message', name, '0', 'flush'], flushWhy(name), may)
}

/** Needs a table, so it is done only where all that the device is made of is there and ours. */
function cleanSteps(volume: DmVolume | undefined, name: string): Step[] {
  if (volume?.cache.kind !== 'cache') return []
  const { flushTimeoutMs } = volume.cache
  const why = flushWhy(name)
  return [
    run('clean', ['dmsetup', 'load', name, '--table', tableOf(volume, 'cleaner')], why, may),
    run('clean', ['dmsetup', 'resume', name], why, may),
    run('wait until clean', ['dmsetup', 'status', name], why, {
      mayFail: true,
      expects: cleanStatus,
      meaning: `blocks of ${name} are still only in its cache`,
      retries: { times: Math.ceil(flushTimeoutMs / pollMs), pauseMs: pollMs },
    }),
  ]
}

/**
 * Status of dm-cache: metadata block size, metadata used/total, cache block size, cache used/total,
 * read hits, misses, write hits, misses, demotions, promotions, then dirty blocks.
 */
const cleanStatus = String.raw`\bcache \d+ \d+/\d+ \d+ \d+/\d+( \d+){6} 0 `
