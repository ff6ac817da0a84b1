/**
 * What a rollback asks of this node: down, and no more; then the snapshot's content for each volume,
 * once. Pure. Nothing here brings anything up: that takes a document without a rollback.
 */
import type {
  DesiredRollback,
  DesiredSnapshot,
  DesiredStorage,
  DesiredVolume,
  PresentResource,
} from '@varve/events'
import type { BackingObject, Inventory } from '../core/inventory.ts'
import type { Step } from '../core/step.ts'
import { foreignDrbd } from '../layers/drbd/guard.ts'
import { downSteps } from '../layers/drbd/steps.ts'
import { closeOwn, cryptObstacle } from '../layers/luks/plan.ts'
import type { SnapshotAbility, SnapshotObject } from '../storage/provider.ts'
import { providerOf } from '../storage/table.ts'
import { type Part, parts, whose } from './parts.ts'

export type RollbackPlan =
  | { readonly kind: 'steps'; readonly steps: readonly Step[] }
  /** Nothing is done; while it is only to be stopped, this ends the rollback everywhere. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'true' }

export function planRollback(
  document: PresentResource,
  rollback: DesiredRollback,
  inventory: Inventory,
): RollbackPlan {
  const volumes = volumesOf(document, rollback, inventory)
  const reason =
    typeof volumes === 'string'
      ? volumes
      : (obstacle(document, inventory) ?? problemOf(volumes, rollback))
  if (reason !== undefined || typeof volumes === 'string') return refused(reason)
  const inUse = rollback.step === 'stop' ? primaryHere(document, inventory) : undefined
  if (inUse !== undefined) return refused(inUse)
  const down = downAll(document, inventory)
  if (down.length > 0) return { kind: 'steps', steps: down }
  // Whatever we had on it is down, so this is somebody else.
  const open = volumes.find(
    ({ object }) => object?.isOpen && object.rolledBack !== rollback.operation,
  )
  if (open) return refused(`somebody has ${open.part.sourceKey} open`)
  if (rollback.step === 'stop') return { kind: 'true' }
  const steps = volumes.flatMap((volume) => rollBackVolume(volume, rollback))
  return steps.length > 0 ? { kind: 'steps', steps } : { kind: 'true' }
}

/** Keys of what is there only while a document's volumes are rolled back. */
export function spareKeys(document: PresentResource): string[] {
  if (!document.rollback) return []
  return document.volumes.flatMap(({ storage }) => {
    const ability = storage && providerOf(storage.provider)?.snapshots
    const key = typeof ability === 'object' ? ability.spare?.(storage as DesiredStorage) : undefined
    return key === undefined ? [] : [key]
  })
}

const refused = (reason = 'it cannot be rolled back'): RollbackPlan => ({ kind: 'refused', reason })

type Volume = {
  readonly storage: DesiredStorage
  readonly part: Part
  readonly ability: SnapshotAbility
  readonly object: BackingObject | undefined
  readonly spare: BackingObject | undefined
}

/** The volumes with their snapshots; a sentence when one of them has none. */
function volumesOf(
  document: PresentResource,
  { snapshot }: DesiredRollback,
  inventory: Inventory,
): Volume[] | string {
  const stored = document.volumes.flatMap(({ number, storage }) =>
    storage ? [{ number, storage }] : [],
  )
  if (stored.length === 0) return []
  const wanted = document.snapshots?.find((each) => each.snapshot === snapshot)
  if (!wanted) return `its document says nothing of the snapshot ${snapshot}`
  const found: Volume[] = []
  for (const { number, storage } of stored) {
    const part = partOf(wanted, number, inventory)
    if (!part) return `the snapshot ${snapshot} has no volume ${number}`
    const { ability, source: object } = part
    if (typeof ability === 'string') return ability
    const spare = ability.spare && inventory.objects.get(ability.spare(storage))
    found.push({ storage, part, ability, object, spare })
  }
  return found
}

function partOf(wanted: DesiredSnapshot, number: number, inventory: Inventory): Part | undefined {
  const volumes = wanted.volumes.filter((volume) => volume.number === number)
  return parts({ ...wanted, volumes }, inventory)[0]
}

/** Whatever is not as it must be, found before anything is touched. */
function problemOf(volumes: readonly Volume[], { operation }: DesiredRollback): string | undefined {
  for (const { storage, part, object, spare } of volumes) {
    const { key, sourceKey, isPlaceSeen } = part
    if (object?.owner === storage.owner && object.rolledBack === operation) continue
    if (!isPlaceSeen) return `${storage.backing} of pool ${storage.pool} cannot be looked at`
    if (!part.object) return `the snapshot ${key} is not there`
    if (part.object.owner !== part.of.owner) return `${key} ${whose(part.object)}`
    // One that is missing is made again, which is what was asked for.
    if (object && object.owner !== storage.owner) return `${sourceKey} ${whose(object)}`
    if (spare && spare.owner !== storage.owner) return `${spare.key} ${whose(spare)}`
    const { laterSnapshot } = part.object
    if (laterSnapshot === undefined) continue
    return `${laterSnapshot} is later than ${key}, and ZFS rolls back to the last snapshot only`
  }
  return undefined
}

function obstacle(document: PresentResource, inventory: Inventory): string | undefined {
  for (const volume of document.volumes) {
    const reason = cryptObstacle(volume, inventory)
    if (reason !== undefined) return reason
  }
  if (!document.layers.includes('DRBD')) return undefined
  const { unknown } = inventory.drbd
  return unknown === undefined
    ? foreignDrbd(document, inventory)
    : `DRBD cannot be asked: ${unknown}`
}

function primaryHere({ resource }: PresentResource, inventory: Inventory): string | undefined {
  const kernel = inventory.drbd.resources.get(resource)
  return kernel?.role === 'Primary'
    ? `${resource} is Primary on this node, so it is in use`
    : undefined
}

/** From the top: DRBD and its files, so that nobody brings it up by hand; then the mappings. */
function downAll(document: PresentResource, inventory: Inventory): Step[] {
  const { resource, layers, volumes } = document
  const down = layers.includes('DRBD') ? downSteps(resource, inventory) : []
  if (down.length > 0) return down
  return volumes.flatMap((volume: DesiredVolume) => closeOwn(volume, inventory))
}

function rollBackVolume(
  { storage, part, ability, object, spare }: Volume,
  { operation }: DesiredRollback,
): Step[] {
  if (object?.rolledBack === operation) return []
  const from: SnapshotObject = part.of
  return ability.rollBack({ storage, from, operation, object, spare })
}
