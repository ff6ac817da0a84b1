/** Cached devices with names like ours that no document desires: told, never taken away. */
import type { DesiredResource, Drift } from '@varve/events'
import type { CachedMapping, Inventory } from '../../core/inventory.ts'
import { labelPrefix } from '../bcache/names.ts'
import { cachedKey, isCachedName } from './names.ts'

export function cachedDrift(documents: readonly DesiredResource[], inventory: Inventory): Drift[] {
  const wanted = new Set(
    documents.flatMap((document) =>
      [...document.volumes, ...(document.state === 'present' ? document.removed : [])].flatMap(
        ({ cache, storage }) => (cache && storage ? [cachedKey(cache.kind, storage)] : []),
      ),
    ),
  )
  return [...inventory.cached.values()]
    .filter((each) => isLikeOurs(each) && !wanted.has(each.name))
    .map(({ name, kind, sizeKib }) => ({
      kind: 'mapping' as const,
      name,
      where: kind === 'bcache' ? 'bcache' : 'device-mapper',
      detail: `an open ${kind} that no document desires, ${sizeKib} KiB`,
    }))
}

const isLikeOurs = (seen: CachedMapping) =>
  seen.kind === 'bcache' ? seen.label.startsWith(labelPrefix) : isCachedName(seen.name)
