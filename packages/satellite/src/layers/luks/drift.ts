/** Open mappings with names like ours that no document desires: told, never closed. */
import type { DesiredResource, Drift } from '@varve/events'
import type { Inventory } from '../../core/inventory.ts'
import { mappingName } from './names.ts'

const ours = mappingName('')

export function mappingDrift(documents: readonly DesiredResource[], inventory: Inventory): Drift[] {
  const wanted = new Set(
    documents.flatMap((document) =>
      [...document.volumes, ...(document.state === 'present' ? document.removed : [])].flatMap(
        ({ luks, storage }) => (luks && storage ? [mappingName(storage.name)] : []),
      ),
    ),
  )
  return [...inventory.crypt.values()]
    .filter(({ name }) => name.startsWith(ours) && !wanted.has(name))
    .map(({ name, sizeKib }) => ({
      kind: 'mapping' as const,
      name,
      where: 'device-mapper',
      detail: `an open LUKS mapping that no document desires, ${sizeKib} KiB`,
    }))
}
