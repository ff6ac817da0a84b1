/** Copies that came from other nodes, whole or not: what is left of them, and how that goes. */
import type { Inventory } from '../core/inventory.ts'
import type { Step } from '../core/step.ts'
import { providerOf } from '../storage/table.ts'
import { adoptSteps, isHeld, isOurs, isUnmarked, type Part } from './parts.ts'

export function isLeftOver(part: Part, inventory: Inventory): boolean {
  if (!part.isCopy) return isOurs(part)
  return (
    inventory.receiving.has(part.key) ||
    adoptSteps(part).length > 0 ||
    isRemovable(part) ||
    isEmptyHolder(part, inventory)
  )
}

/** First the snapshot; what held it goes with the last one, when a new look shows nothing in it. */
export function copyRemoval(part: Part, inventory: Inventory): Step[] {
  const { ability, object, of } = part
  if (typeof ability === 'string' || inventory.receiving.has(part.key)) return []
  if (object && isRemovable(part)) return ability.remove(of, object)
  return isEmptyHolder(part, inventory) ? removeHolder(part) : []
}

/**
 * One that ZFS has received, and that nobody has marked yet, lies under its name in a volume which
 * we made to hold it: it is part of what came.
 */
function isRemovable(part: Part): boolean {
  return part.object !== undefined && (isOurs(part) || isUnmarked(part))
}

const isOurHolder = (part: Part) => isHeld(part) && part.source?.owner === part.sourceOwner

/** Whatever else lies in it, also of others, keeps it. */
export function isEmptyHolder(part: Part, inventory: Inventory): boolean {
  if (!isOurHolder(part)) return false
  const inside = `${part.sourceKey}@`
  return ![...inventory.objects.keys()].some((key) => key.startsWith(inside))
}

export function removeHolder({ provider, of, sourceOwner, source }: Part): Step[] {
  const { backing, source: name } = of
  const storage = { pool: '', provider, backing, name, owner: sourceOwner, sizeKib: 0, props: {} }
  return source ? (providerOf(provider)?.remove(storage, source) ?? []) : []
}
