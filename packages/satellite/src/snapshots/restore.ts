/** Volumes that begin as a snapshot: made from it once, never wiped, never given new metadata. */
import type { DesiredStorage, DesiredVolume, PresentResource } from '@varve/events'
import type { Inventory } from '../core/inventory.ts'
import type { Located } from '../core/located.ts'
import { run, type Step } from '../core/step.ts'
import { is84 } from '../layers/drbd/steps.ts'
import { adoptLuks } from '../layers/luks/plan.ts'
import type { SnapshotObject } from '../storage/provider.ts'
import { providerOf } from '../storage/table.ts'

type Origin = NonNullable<DesiredStorage['from']>

/** A sentence why it cannot be made; undefined once it is there. */
export function restoreObstacle(volume: DesiredVolume, inventory: Inventory): string | undefined {
  const { storage, drbd } = volume
  const provider = storage && providerOf(storage.provider)
  if (!provider) return undefined
  const found = inventory.objects.get(provider.locate(storage).key)
  if (found && !found.isNew) return undefined
  const { from } = storage
  if (!from) {
    // Whoever said so would find a new volume without any metadata: nothing to attach.
    return drbd?.start.kind === 'restored'
      ? `volume ${volume.number} shall begin as a snapshot, but no document says which`
      : undefined
  }
  if (drbd && drbd.start.kind !== 'restored') {
    return `volume ${volume.number} begins as a snapshot: new DRBD metadata would be written over its content`
  }
  return found ? undefined : originObstacle(storage, from, inventory)
}

function originObstacle(
  storage: DesiredStorage,
  from: Origin,
  inventory: Inventory,
): string | undefined {
  const ability = providerOf(storage.provider)?.snapshots
  if (ability === undefined || typeof ability === 'string') return ability
  const { key } = ability.locate(originOf(storage, from))
  const object = inventory.objects.get(key)
  if (!object) return `the snapshot ${key} is not there`
  if (object.owner === from.owner) return undefined
  const whose = object.owner === undefined ? 'carries no mark of Varve' : `is ${object.owner}'s`
  return `${key} ${whose}, so nothing is made of it`
}

function originOf({ backing }: DesiredStorage, from: Origin): SnapshotObject {
  return { ...from, backing }
}

export function restoreSteps(storage: DesiredStorage, from: Origin): Step[] {
  const ability = providerOf(storage.provider)?.snapshots
  if (ability === undefined || typeof ability === 'string') return []
  return ability.restore(storage, originOf(storage, from))
}

/**
 * From a copy that nobody has used yet to one that may be. DRBD's metadata is at the end, so with
 * DRBD it keeps its size until it is attached; the usual way grows it then.
 */
export function restoredSteps(
  document: PresentResource,
  {
    volume,
    storage,
    provider,
    object,
  }: Located & { readonly object: NonNullable<Located['object']> },
  device: string,
  inventory: Inventory,
): Step[] {
  const grow = volume.drbd ? [] : provider.grow(storage, object)
  if (grow.length > 0) return grow
  if (volume.luks) {
    const { resource } = document
    const adopt = adoptLuks({ resource, number: volume.number, luks: volume.luks, storage }, device)
    // Closed until somebody brings the key. DRBD's metadata is inside: the attach will tell.
    return adopt.length > 0 ? [...adopt, ...provider.settle(storage)] : []
  }
  const check = volume.drbd ? checkMetadata(document, volume, device, inventory) : []
  return [...check, ...provider.settle(storage)]
}

/** Fails where there is none; `adjust` applies what an unclean activity log still holds. */
function checkMetadata(
  { drbd }: PresentResource,
  volume: DesiredVolume,
  device: string,
  inventory: Inventory,
): Step[] {
  const minor = String(volume.drbd?.minor)
  const node = is84(inventory) ? [] : [`--node-id=${drbd?.self.nodeId}`]
  const format = is84(inventory) ? 'v08' : 'v09'
  return [
    run(
      'check metadata',
      ['drbdmeta', ...node, minor, format, device, 'internal', 'get-gi'],
      `${device} begins as a snapshot, and must have brought DRBD metadata along`,
      { meaning: `${device} begins as a snapshot but has no valid DRBD metadata: none is made` },
    ),
  ]
}
