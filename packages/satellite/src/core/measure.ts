/** Pool sizes out of an inventory. */
import type { DesiredNode, ObservedPool, PoolProblem } from '@varve/events'
import { zfsKey } from '../storage/zfs/parse.ts'
import { type Inventory, withoutSlash } from './inventory.ts'

type Pool = DesiredNode['pools'][number]

/** Free and total space of one pool, and what is wrong with it. */
export function measurePool(pool: Pool, inventory: Inventory): ObservedPool {
  const head = { pool: pool.pool, provider: pool.provider }
  switch (pool.provider) {
    case 'DISKLESS':
      return head
    case 'LVM':
    case 'FILE':
    case 'FILE_THIN':
      return measurePlace(pool, withoutSlash(pool.backing), inventory)
    case 'LVM_THIN':
      return measureThin(pool, inventory)
    case 'ZFS':
    case 'ZFS_THIN':
      return measurePlace(pool, zfsKey(pool.backing), inventory)
  }
}

function measurePlace(pool: Pool, place: string, inventory: Inventory): ObservedPool {
  const head = { pool: pool.pool, provider: pool.provider }
  const problem = placeProblem(place, inventory)
  const size = inventory.sizes.get(place)
  if (problem) return { ...head, problem }
  if (size) return { ...head, ...size }
  const text = `the size of ${place} cannot be told`
  return { ...head, problem: { kind: 'unreadable', text } }
}

/** Free is what the thin pool has not handed out; its group's extents are the granularity. */
function measureThin(pool: Pool, inventory: Inventory): ObservedPool {
  const head = { pool: pool.pool, provider: pool.provider }
  const [group = '', name = ''] = pool.backing.split('/')
  const gone = placeProblem(group, inventory)
  if (gone) return { ...head, problem: gone }
  const thin = inventory.objects.get(`${group}/${name}`)
  if (!thin?.isPool || thin.dataPercent === undefined) {
    const kind = thin?.poolProblem ?? 'inactive'
    return { ...head, problem: { kind, text: `${pool.backing} is no active thin pool` } }
  }
  const granularityKib = inventory.sizes.get(group)?.granularityKib
  const kind = thin.poolProblem
  return {
    ...head,
    totalKib: thin.sizeKib,
    freeKib: Math.floor(thin.sizeKib * (1 - thin.dataPercent / 100)),
    dataPercent: thin.dataPercent,
    ...(thin.metadataPercent === undefined ? {} : { metadataPercent: thin.metadataPercent }),
    ...(granularityKib === undefined ? {} : { granularityKib }),
    ...(kind ? { problem: { kind, text: `${pool.backing} ${thinWords[kind]}` } } : {}),
  }
}

const thinWords = {
  'data-full': 'has no room for data left',
  'metadata-full': 'has no room for its metadata left, and takes no writes',
  damaged: 'has damaged metadata, and must be repaired',
} as const

function placeProblem(place: string, inventory: Inventory): PoolProblem | undefined {
  const found = inventory.places.get(place)
  if (found?.state === 'present') return undefined
  if (found?.state !== 'unknown') return { kind: 'missing', text: `${place} is not there` }
  const kind = found.isSuspended ? 'suspended' : 'unreadable'
  return { kind, text: `${place} cannot be looked at: ${found.reason}` }
}

/** What is wrong with the pool of a volume; undefined when all is well as far as can be seen. */
export function storageProblem(
  storage: { readonly provider: Pool['provider']; readonly backing: string },
  place: string,
  inventory: Inventory,
): PoolProblem['kind'] | undefined {
  const thin = storage.provider === 'LVM_THIN' ? inventory.objects.get(storage.backing) : undefined
  return placeProblem(place, inventory)?.kind ?? thin?.poolProblem
}
