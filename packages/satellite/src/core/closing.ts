/** Volumes that are closed on this node and stay: what is out of use, or what a twin goes on with. */
import type { DesiredResource, PresentResource } from '@varve/events'
import type { Inventory } from './inventory.ts'
import { closeSteps, type Located, locateAll } from './located.ts'
import type { Step } from './step.ts'

export function closeAll({ volumes }: PresentResource, inventory: Inventory): Step[] {
  return locateAll(volumes, inventory).flatMap((item) => closeSteps(item, inventory))
}

/**
 * Why nothing of it is changed now: another node may be changing the metadata of the same volume
 * group. Undefined: it needs no change, or it is its turn.
 */
export function waitsForTurn(document: DesiredResource, inventory: Inventory): string | undefined {
  const isPresent = document.state === 'present'
  const wanted = isPresent && document.inactive === undefined ? document.volumes : []
  const unwanted = isPresent ? document.removed : document.volumes
  const waiting =
    locateAll(wanted, inventory).find((item) => isHeld(item) && needsChange(item)) ??
    locateAll(unwanted, inventory).find((item) => isHeld(item) && isOurs(item))
  if (!waiting) return undefined
  const { place } = waiting.provider.locate(waiting.storage)
  return `others change the shared volume group ${place} first`
}

const isHeld = ({ storage: { shared } }: Located): boolean =>
  shared !== undefined && !shared.mayChange && !shared.keep

const isOurs = ({ object, storage }: Located): boolean =>
  object !== undefined && object.owner === storage.owner

function needsChange({ object, storage, provider }: Located): boolean {
  if (!object || object.isNew) return true
  return provider.grow(storage, object).length > 0 || provider.shrink(storage, object).length > 0
}

/**
 * After a tool that could not be killed nothing is said of shared storage any more: another node would
 * be told that all is closed here, and then that tool opens it after all.
 */
export function planHaunted({ volumes, resource }: DesiredResource) {
  if (!volumes.some(({ storage }) => storage?.shared)) return undefined
  const reason =
    'a tool that could not be killed may still be at work on the shared storage: restart this machine'
  return { kind: 'refused', resource, reason, problem: 'tool-hangs' } as const
}
