/** Cached devices with names like ours that no document desires: told, never taken away. */
import type { DesiredResource, Drift } from '@varve/events'
import type { Inventory } from '../../core/inventory.ts'
import { cachedName, isCachedName } from './names.ts'

export function cachedDrift(documents: readonly DesiredResource[], inventory: Inventory): Drift[] {
  const wanted = new Set(
    documents.flatMap((document) =>
      [...document.volumes, ...(document.state === 'present' ? document.removed : [])].flatMap(
        ({ cache, storage }) => (cache && storage ? [cachedName(cache.kind, storage.name)] : []),
      ),
    ),
  )
  return [...inventory.cached.values()]
    .filter(({ name }) => isCachedName(name) && !wanted.has(name))
    .map(({ name, kind, sizeKib }) => ({
      kind: 'mapping' as const,
      name,
      where: 'device-mapper',
      detail: `an open ${kind} that no document desires, ${sizeKib} KiB`,
    }))
}
