/**
 * plan(documents, inventory) → what to do next, per resource. Pure, and made for being called
 * again: a plan goes as far as it can see, is run, and the next inventory says what is left. An
 * empty plan is the proof that the document is true.
 */
import type {
  AbsentResource,
  DesiredNode,
  DesiredResource,
  PresentResource,
  StepProblem,
} from '@varve/events'
import { giveBackSteps, planFormat } from '../format/plan.ts'
import { isOurDrbd } from '../layers/drbd/guard.ts'
import {
  type DrbdDocument,
  downSteps,
  drbdSteps,
  is84,
  isAttachedNow,
} from '../layers/drbd/steps.ts'
import { disconnectSteps, planInitiator } from '../layers/nvme/initiator.ts'
import { offerSteps, withdrawSteps, withdrawVolumes } from '../layers/nvme/target.ts'
import { isHolding, releaseSteps, snapshotSteps } from '../snapshots/plan.ts'
import { planRollback } from '../snapshots/rollback.ts'
import { activatePool } from '../storage/lvm-thin/steps.ts'
import { closeAll, waitsForTurn } from './closing.ts'
import type { Inventory } from './inventory.ts'
import {
  deviceOf,
  isShut,
  type Located,
  locateAll,
  takeAway,
  volumeProblem,
  withoutStorage,
} from './located.ts'
import { obstacle } from './obstacle.ts'
import type { Obstacle } from './problem.ts'
import { shrinkProblem } from './shrink.ts'
import type { Step } from './step.ts'
import { isHalfMade, storageSteps } from './volume.ts'

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
  const turn = waitsForTurn(document, inventory)
  if (turn !== undefined) return { kind: 'waits', resource, reason: turn }
  if (document.state === 'present' && document.inactive !== undefined) {
    return { resource, ...planInactive(document, inventory) }
  }
  const steps =
    document.state === 'present'
      ? presentSteps(document, inventory)
      : absentSteps(document, inventory)
  if (steps.length > 0 && isHeld) {
    // Refused, not waiting: of what is still being worked on no snapshot would be told.
    return { kind: 'refused', resource, reason: 'input and output are held for a snapshot' }
  }
  if (steps.length > 0) return { kind: 'steps', resource, steps }
  const problem = document.state === 'present' ? problemOf(document, inventory) : undefined
  if (problem !== undefined) return { kind: 'refused', resource, ...problem }
  if (document.state !== 'present') return { kind: 'true', resource }
  const late =
    (isHeld ? undefined : planFormat(document, inventory)) ??
    planOffer(document, inventory) ??
    planInitiator(document, inventory)
  return late ? { resource, ...late } : { kind: 'true', resource }
}

/** From the top; storage that the document no longer has goes when all of it is closed. */
function planInactive(document: PresentResource, inventory: Inventory) {
  const isReplicated = document.layers.includes('DRBD')
  const down = isReplicated ? downSteps(document.resource, inventory) : []
  if (down.length > 0) return { kind: 'steps' as const, steps: down }
  const closing = closeAll(document, inventory)
  const steps = closing.length > 0 ? closing : removedSteps(document, inventory)
  return steps.length > 0 ? { kind: 'steps' as const, steps } : { kind: 'true' as const }
}

/** All else is done by then: what cannot be opened holds up nothing but itself. */
function problemOf(document: PresentResource, inventory: Inventory): Obstacle | undefined {
  return locateAll(document.volumes, inventory)
    .map((item) => volumeProblem(item, inventory) ?? shrinkProblem(item, inventory))
    .find((problem) => problem !== undefined)
}

/** What others use is made first, with the file system that it shall have. */
function planOffer(document: PresentResource, inventory: Inventory) {
  const devices = new Map(
    locateAll(document.volumes, inventory).flatMap((item) => {
      const device = deviceOf(item, inventory)
      return device === undefined ? [] : [[item.volume.number, device] as const]
    }),
  )
  const steps = offerSteps(document, devices, inventory)
  return steps.length > 0 ? { kind: 'steps' as const, steps } : undefined
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
  // DRBD does without their disks, and with their peers' data, until somebody brings what is missing.
  const kernel = inventory.drbd.resources.get(document.resource)
  const closed = new Set(all.filter(isShut(inventory, kernel)).map(({ volume }) => volume))
  const located = all.filter(({ volume }) => !closed.has(volume))
  const devices = new Map(
    located.flatMap((item) => {
      const device = deviceOf(item, inventory)
      return device === undefined ? [] : [[item.volume.number, device] as const]
    }),
  )
  const disks = { devices, metadata: metadataDevices(located) }
  const isAllThere = devices.size === located.length && !located.some(isHalfMade(inventory))
  if (!isAllThere) return steps
  // 8.4 knows no volume without a disk ("open(none) failed"): it waits until all of them can be opened.
  if (document.drbd && closed.size > 0 && is84(inventory)) return steps
  if (document.drbd) {
    const volumes = document.volumes.map((v) => (closed.has(v) ? withoutStorage(v) : v))
    // The type follows from the check: the document has a DRBD part.
    steps.push(...drbdSteps({ ...document, volumes } as DrbdDocument, inventory, disks))
  }
  if (steps.length > 0) return steps
  const removed = removedSteps(document, inventory)
  return removed.length > 0 ? removed : snapshotSteps(document, inventory)
}

/** Devices of external metadata, by volume number. */
function metadataDevices(located: readonly Located[]): Map<number, string> {
  return new Map(
    located.flatMap(({ volume, companions }) => {
      const found = companions.find(({ storage }) => storage.name === volume.metadata?.name)
      const device = found?.object?.device
      return device === undefined ? [] : [[volume.number, device] as const]
    }),
  )
}

/** Storage of removed volumes, as soon as DRBD does not use it any more. */
function removedSteps(document: PresentResource, inventory: Inventory): Step[] {
  const withdrawn = withdrawVolumes(document, inventory)
  if (withdrawn.length > 0) return withdrawn
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
  const away = [...withdrawSteps(document, inventory), ...disconnectSteps(document, inventory)]
  if (away.length > 0) return away
  return locateAll(document.volumes, inventory).flatMap((item) => takeAway(item, inventory))
}
