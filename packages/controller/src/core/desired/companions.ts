/** What a volume has beside its data, as its node shall have it. */
import {
  type CompanionRole,
  companionOf,
  companionSuffixes,
  type DesiredCache,
  type DesiredStorage,
  firstOf,
  type Props,
  poolOf,
  splitOptions,
} from '@varve/events'
import type { Member, Part, Scene } from './scene.ts'
import { backingName } from './snapshots.ts'
import { storageProps } from './storage.ts'

/** Undefined: the volume has no such companion. */
export function companionStorage(
  scene: Scene,
  member: Member,
  part: Part,
  role: CompanionRole,
): DesiredStorage | undefined {
  const { volume } = part
  const companion = companionOf(volume, role)
  const pool = companion && poolOf(scene.state, volume.node, companion.pool)
  if (!pool) return undefined
  return {
    pool: pool.name,
    provider: pool.provider,
    backing: pool.backing,
    name: backingName(`${volume.definition}${companionSuffixes[role]}`, volume.number),
    owner: volume.origin.entry,
    sizeKib: companion.sizeKib,
    props: storageProps(scene, member, part, pool.props),
  }
}

export function desiredCache(scene: Scene, member: Member, part: Part): DesiredCache | undefined {
  const { volume } = part
  if (volume.companions === undefined) return undefined
  const chain = chainOf(scene, member, part)
  const writecache = companionStorage(scene, member, part, 'writecache')
  if (writecache) {
    return {
      kind: 'writecache',
      cache: writecache,
      startSector: companionOf(volume, 'writecache')?.sectors ?? 0,
      options: writecacheOptions(chain),
    }
  }
  const bcache = companionStorage(scene, member, part, 'bcache')
  if (bcache) {
    return {
      kind: 'bcache',
      cache: bcache,
      mode: firstOf('BCache/Writeback', chain) === 'true' ? 'writeback' : 'writethrough',
      options: bcacheOptions(chain),
    }
  }
  const cache = companionStorage(scene, member, part, 'cache')
  const metadata = companionStorage(scene, member, part, 'cache-metadata')
  if (!cache || !metadata) return undefined
  return {
    kind: 'cache',
    cache,
    metadata,
    blockSectors: companionOf(volume, 'cache')?.sectors ?? usualBlockSectors,
    mode: oneOf(modes, firstOf('Cache/OpMode', chain)),
    policy: oneOf(policies, firstOf('Cache/Policy', chain)),
    flushTimeoutMs: Number(firstOf('Cache/FlushTimeout', chain) ?? usualFlushMs),
  }
}

const usualBlockSectors = 4096
const usualFlushMs = 180_000
/** The first of each is what counts when nobody says anything. */
const modes = ['writeback', 'writethrough', 'passthrough'] as const
const policies = ['smq', 'mq', 'cleaner'] as const

function oneOf<T extends string>(all: readonly [T, ...T[]], text: string | undefined): T {
  return all.find((each) => each === text) ?? all[0]
}

/** Property below `Writecache/Options/` → the kernel's word before its value. */
const numbers = [
  ['HighWatermark', 'high_watermark'],
  ['LowWatermark', 'low_watermark'],
  ['WritebackJobs', 'writeback_jobs'],
  ['AutocommitBlocks', 'autocommit_blocks'],
  ['AutocommitTime', 'autocommit_time'],
] as const

const usualHigh = 50
const usualLow = 45

/** `Fua` is missing: the kernel takes it for persistent memory only, which is used as any disk. */
function writecacheOptions(chain: readonly (Props | undefined)[]): string[] {
  const named = numbers.flatMap(([key, word]) => {
    const value = firstOf(`Writecache/Options/${key}`, chain)
    return value === undefined ? [] : [word, value]
  })
  const high = Number(firstOf('Writecache/Options/HighWatermark', chain) ?? usualHigh)
  const low = Number(firstOf('Writecache/Options/LowWatermark', chain) ?? usualLow)
  // The kernel refuses a high mark below the low one, and the volume could not be opened.
  const marks = low > high ? ['low_watermark', String(high)] : []
  return [...named, ...marks, ...splitOptions(firstOf('Writecache/Options/Additional', chain))]
}

/** Words that make-bcache takes; what nobody has set is left to it. */
function bcacheOptions(chain: readonly (Props | undefined)[]): string[] {
  const words = [
    ['Blocksize', '--block'],
    ['Bucketsize', '--bucket'],
    ['CacheReplacementPolicy', '--cache_replacement_policy'],
  ] as const
  const named = words.flatMap(([key, word]) => {
    const value = firstOf(`BCache/${key}`, chain)
    return value === undefined ? [] : [`${word}=${value}`]
  })
  return firstOf('BCache/Discard', chain) === 'true' ? [...named, '--discard'] : named
}

/** VD > RD > RG > N > C. */
function chainOf(
  { definition, groupProps, controllerProps }: Scene,
  { node }: Member,
  { row }: Part,
): (Props | undefined)[] {
  return [row?.props, definition.props, groupProps, node?.props, controllerProps]
}
