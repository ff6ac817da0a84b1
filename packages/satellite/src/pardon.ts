/**
 * Disks that DRBD has dropped are not attached again by us: a bad one would be lost again and again.
 * But where the pool itself was in trouble (full, or away with its disks) and is well now, that was
 * the reason, and it is over.
 */
import type { DesiredResource } from '@varve/events'
import type { Inventory } from './core/inventory.ts'
import { locateAll } from './core/located.ts'
import { storageProblem } from './core/measure.ts'
import type { DrbdTable } from './drbd-table.ts'

/** True: some of them are to be looked at again. */
export type Pardon = (documents: Iterable<DesiredResource>, inventory: Inventory) => boolean

/** After every look: lost disks that may be attached again are forgiven. */
export function createPardon({ forgive }: Pick<DrbdTable, 'forgive'>): Pardon {
  /** Volumes (`resource/number`) whose disk was lost, and whose pool was seen in trouble since. */
  const waiting = new Set<string>()
  return (documents, inventory) => {
    const { lostDisks } = inventory.drbd
    for (const volume of waiting) if (!lostDisks.has(volume)) waiting.delete(volume)
    if (lostDisks.size === 0) return false
    const pardoned = new Set<string>()
    for (const { resource, volumes } of documents) {
      for (const { volume, companions, ...data } of locateAll(volumes, inventory)) {
        const name = `${resource}/${volume.number}`
        if (!lostDisks.has(name)) continue
        const isInTrouble = [data, ...companions].some(
          ({ storage, provider }) =>
            storageProblem(storage, provider.locate(storage).place, inventory) !== undefined,
        )
        if (isInTrouble) waiting.add(name)
        else if (waiting.delete(name)) pardoned.add(resource)
      }
    }
    for (const resource of pardoned) forgive(resource)
    return pardoned.size > 0
  }
}
