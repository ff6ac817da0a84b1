/** Pool sizes out of an inventory. */
import type { DesiredNode, ObservedPool } from '@varve/events'
import { zfsKey } from '../storage/zfs/parse.ts'
import { type Inventory, withoutSlash } from './inventory.ts'

type Pool = DesiredNode['pools'][number]

/** Free and total space of one pool, or why it cannot be told. */
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
  const error = placeError(place, inventory)
  const size = inventory.sizes.get(place)
  if (error || !size) return { ...head, error: error ?? `the size of ${place} cannot be told` }
  return { ...head, ...size }
}

/** Free is what the thin pool has not handed out; its group's extents are the granularity. */
function measureThin(pool: Pool, inventory: Inventory): ObservedPool {
  const head = { pool: pool.pool, provider: pool.provider }
  const [group = '', name = ''] = pool.backing.split('/')
  const error = placeError(group, inventory)
  if (error) return { ...head, error }
  const thin = inventory.objects.get(`${group}/${name}`)
  if (!thin?.isPool || thin.dataPercent === undefined) {
    return { ...head, error: `${pool.backing} is no active thin pool` }
  }
  const granularityKib = inventory.sizes.get(group)?.granularityKib
  return {
    ...head,
    totalKib: thin.sizeKib,
    freeKib: Math.floor(thin.sizeKib * (1 - thin.dataPercent / 100)),
    dataPercent: thin.dataPercent,
    ...(thin.metadataPercent === undefined ? {} : { metadataPercent: thin.metadataPercent }),
    ...(granularityKib === undefined ? {} : { granularityKib }),
  }
}

function placeError(place: string, inventory: Inventory): string | undefined {
  const found = inventory.places.get(place)
  if (found?.state === 'present') return undefined
  return found?.state === 'unknown'
    ? `${place} cannot be looked at: ${found.reason}`
    : `${place} is not there`
}
