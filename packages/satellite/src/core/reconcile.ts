/**
 * plan(documents, inventory) → what to do next, per resource. Pure, and made for being called
 * again: a plan goes as far as it can see, is run, and the next inventory says what is left. An
 * empty plan is the proof that the document is true.
 */
import type {
  AbsentResource,
  DesiredLuks,
  DesiredNode,
  DesiredResource,
  DesiredStorage,
  DesiredVolume,
  PresentResource,
  StepProblem,
} from '@varve/events'
import { giveBackSteps, planFormat } from '../format/plan.ts'
import { isOurDrbd } from '../layers/drbd/guard.ts'
import { createMetadata } from '../layers/drbd/metadata.ts'
import {
  type DrbdDocument,
  downSteps,
  drbdSteps,
  is84,
  isAttachedNow,
} from '../layers/drbd/steps.ts'
import { mappingDevice } from '../layers/luks/names.ts'
import { keyProblem, mappingOf, newLuks, openOrGrow, rekey } from '../layers/luks/plan.ts'
import type { LuksVolume } from '../layers/luks/steps.ts'
import { isHolding, releaseSteps, snapshotSteps } from '../snapshots/plan.ts'
import { restoredSteps, restoreSteps } from '../snapshots/restore.ts'
import { planRollback } from '../snapshots/rollback.ts'
import { activatePool } from '../storage/lvm-thin/steps.ts'
import type { Inventory } from './inventory.ts'
import { deviceOf, isShut, type Located, locateAll, takeAway, withoutStorage } from './located.ts'
import { obstacle } from './obstacle.ts'
import type { Step } from './step.ts'

export type ResourcePlan =
  | { readonly kind: 'true'; readonly resource: string }
  | { readonly kind: 'steps'; readonly resource: string; readonly steps: readonly Step[] }
  /** Nothing is done now, and nothing is wrong: it comes about by itself. */
  | { readonly kind: 'waits'; readonly resource: string; readonly reason: string }
  /** Nothing is done: a person, another document or a healed machine has to change something. */
  | {
      readonly kind: 'refused'
      readonly resource: string
      readonly reason: string
      readonly problem?: StepProblem
    }

/** One plan per document, in the documents' order. */
export function plan(documents: readonly DesiredResource[], inventory: Inventory): ResourcePlan[] {
  return documents.map((document) => planResource(document, inventory))
}

export function planResource(document: DesiredResource, inventory: Inventory): ResourcePlan {
  const { resource } = document
  const release = releaseSteps(document, inventory)
  if (release.length > 0) return { kind: 'steps', resource, steps: release }
  const isHeld = isHolding(resource, inventory)
  const held = isHeld && document.state === 'present' ? snapshotSteps(document, inventory) : []
  if (held.length > 0) return { kind: 'steps', resource, steps: held }
  const giveBack = giveBackSteps(document, inventory)
  if (giveBack.length > 0) return { kind: 'steps', resource, steps: giveBack }
  if (document.state === 'present' && document.rollback) {
    return { resource, ...planRollback(document, document.rollback, inventory) }
  }
  const found = obstacle(document, inventory)
  if (found !== undefined) return { kind: 'refused', resource, ...found }
  const steps =
    document.state === 'present'
      ? presentSteps(document, inventory)
      : absentSteps(document, inventory)
  if (steps.length > 0 && isHeld) {
    // Refused, not waiting: of what is still being worked on no snapshot would be told.
    return { kind: 'refused', resource, reason: 'input and output are held for a snapshot' }
  }
  if (steps.length > 0) return { kind: 'steps', resource, steps }
  const problem = document.state === 'present' ? keyProblemOf(document, inventory) : undefined
  if (problem !== undefined) return { kind: 'refused', resource, reason: problem }
  const format = document.state === 'present' && !isHeld && planFormat(document, inventory)
  return format ? { resource, ...format } : { kind: 'true', resource }
}

/** All else is done by then: what cannot be opened holds up nothing but itself. */
function keyProblemOf(document: PresentResource, inventory: Inventory): string | undefined {
  for (const volume of document.volumes) {
    const problem = keyProblem(volume, inventory)
    if (problem !== undefined) return problem
  }
  return undefined
}

/** What the node's own pools need. */
export function planPools(node: DesiredNode | undefined, inventory: Inventory): Step[] {
  return (node?.pools ?? []).flatMap(({ provider, backing }) => {
    const pool = provider === 'LVM_THIN' ? inventory.objects.get(backing) : undefined
    return pool ? activatePool(pool) : []
  })
}

/** Storage, metadata, configuration, adjust, resize; then what the resource does not need any more. */
function presentSteps(document: PresentResource, inventory: Inventory): Step[] {
  const all = locateAll(document.volumes, inventory)
  const steps = all.flatMap((item) => storageSteps(document, item, inventory))
  // DRBD does without their disks, and with their peers' data, until somebody brings the key.
  const closed = new Set(all.filter(isShut(inventory)).map(({ volume }) => volume))
  const located = all.filter(({ volume }) => !closed.has(volume))
  const devices = new Map(
    located.flatMap((item) => {
      const device = deviceOf(item, inventory)
      return device === undefined ? [] : [[item.volume.number, device] as const]
    }),
  )
  const isAllThere = devices.size === located.length && !located.some(isHalfMade(inventory))
  if (!isAllThere) return steps
  if (document.drbd) {
    const volumes = document.volumes.map((v) => (closed.has(v) ? withoutStorage(v) : v))
    // The type follows from the check: the document has a DRBD part.
    steps.push(...drbdSteps({ ...document, volumes } as DrbdDocument, inventory, devices))
  }
  if (steps.length > 0) return steps
  const removed = removedSteps(document, inventory)
  return removed.length > 0 ? removed : snapshotSteps(document, inventory)
}

/**
 * 8.4's metadata names the device's real size, so that must have been seen first; and so must what
 * begins as a snapshot, since it has the snapshot's size and may lack metadata.
 */
function isHalfMade(inventory: Inventory): (item: Located) => boolean {
  return ({ object, storage, volume }) =>
    object === undefined &&
    (storage.from !== undefined || (volume.drbd !== undefined && is84(inventory)))
}

function storageSteps(document: PresentResource, item: Located, inventory: Inventory): Step[] {
  const { volume, storage, provider, object } = item
  // Space that could not be encrypted is not taken yet.
  if (!object && volume.luks?.key.state === 'unavailable') return []
  if (!object) {
    const isBlind = provider.device(storage) === undefined || isHalfMade(inventory)(item)
    const made = storage.from ? restoreSteps(storage, storage.from) : provider.create(storage)
    return isBlind ? made : [...made, ...newSteps(document, item, storage.sizeKib, inventory)]
  }
  if (object.device === undefined) return provider.activate(storage)
  if (object.isNew) return newSteps(document, item, object.sizeKib, inventory)
  // Growing moves the place where DRBD looks for its metadata: only DRBD itself can move it along.
  const kernel = inventory.drbd.resources.get(document.resource)
  const isAtRest = document.drbd !== undefined && !isAttachedNow(kernel, volume.number)
  const luks = volume.luks && luksVolume(document, volume, storage, volume.luks)
  const mapping = mappingOf(volume, inventory)
  const changed = luks ? rekey(volume, luks, object.device, inventory) : []
  if (changed.length > 0) return changed
  if (luks && !mapping) return openOrGrow(luks, { ...object, device: object.device }, mapping)
  if (isAtRest) return []
  const grow = provider.grow(storage, object)
  if (grow.length > 0 || !luks) return grow
  return openOrGrow(luks, { ...object, device: object.device }, mapping)
}

function luksVolume(
  { resource }: PresentResource,
  { number }: DesiredVolume,
  storage: DesiredStorage,
  luks: DesiredLuks,
): LuksVolume {
  return { resource, number, storage, luks }
}

/** From a raw new object to one that may be used. */
function newSteps(
  document: PresentResource,
  { volume, storage, provider, object }: Located,
  deviceKib: number,
  inventory: Inventory,
): Step[] {
  const device = object?.device ?? provider.device(storage)
  if (device === undefined) return []
  if (object && storage.from)
    return restoredSteps(document, { volume, storage, provider, object }, device, inventory)
  const grow = object ? provider.grow(storage, object) : []
  // What is too small is not formatted yet.
  if (grow.length > 0) return grow
  const { drbd } = document
  // Cannot be, since the mark goes before the first attach; but what is attached is never formatted.
  const kernel = inventory.drbd.resources.get(document.resource)
  if (isAttachedNow(kernel, volume.number)) return provider.settle(storage)
  const mapping = mappingOf(volume, inventory)
  if (volume.luks && !mapping) {
    const luks = luksVolume(document, volume, storage, volume.luks)
    return newLuks(luks, device, provider.clean(storage))
  }
  const metadata =
    drbd && volume.drbd
      ? createMetadata({
          resource: document.resource,
          volume: { ...volume, drbd: volume.drbd },
          drbd,
          device: mapping ? mappingDevice(storage.name) : device,
          deviceKib: mapping?.sizeKib ?? deviceKib,
          is84: is84(inventory),
        })
      : []
  // Under an open mapping there is a header now, which wiping would take away.
  const clean = mapping ? [] : provider.clean(storage)
  return [...clean, ...metadata, ...provider.settle(storage)]
}

/** Storage of removed volumes, as soon as DRBD does not use it any more. */
function removedSteps(document: PresentResource, inventory: Inventory): Step[] {
  const kernel = inventory.drbd.resources.get(document.resource)
  return locateAll(document.removed, inventory).flatMap((item) =>
    isAttachedNow(kernel, item.volume.number) ? [] : takeAway(item, inventory),
  )
}

/**
 * Down first; storage only when a new inventory shows that nothing holds it. What carries our name
 * but is not ours never was part of this resource: the removal is done without it.
 */
function absentSteps(document: AbsentResource, inventory: Inventory): Step[] {
  const isReplicated = document.layers.includes('DRBD') && isOurDrbd(document, inventory)
  const down = isReplicated ? downSteps(document.resource, inventory) : []
  if (down.length > 0) return down
  return locateAll(document.volumes, inventory).flatMap((item) =>
    item.object?.owner === item.storage.owner ? takeAway(item, inventory) : [],
  )
}
