/**
 * What the snapshots of a document need next, and how far they are. Pure; plan and report ask the
 * same questions here. The order is what matters: input and output go on before anything else is
 * done, and nothing but the snapshot is worked on while they are held.
 */
import type {
  DesiredResource,
  DesiredSnapshot,
  ObservedSnapshot,
  PresentResource,
} from '@varve/events'
import type { Inventory } from '../core/inventory.ts'
import type { Step } from '../core/step.ts'
import { copyRemoval, isLeftOver } from './copies.ts'
import { type Suspension, suspensionKey } from './marker.ts'
import { adoptSteps, isComplete, isOurs, isSeen, partProblem, parts } from './parts.ts'
import { giveUp, mark, resume, suspend, unmark } from './steps.ts'

/**
 * First of all steps, whatever else is wrong with the resource: what nobody asks to be held any
 * more goes on, and so does what a failed snapshot held.
 */
export function releaseSteps(document: DesiredResource, inventory: Inventory): Step[] {
  const mine = [...inventory.suspensions.values()].filter((s) => s.resource === document.resource)
  const kept = mine.filter((each) => isHeldFor(each, document, inventory) === true)
  return mine.flatMap((each) => {
    const verdict = isHeldFor(each, document, inventory)
    if (verdict === true) return []
    const why = `nobody asks any more to hold ${each.resource} for the snapshot ${each.snapshot}`
    if (each.state === 'failed') return isListed(each, document) ? [] : [unmark(each, why)]
    if (typeof verdict === 'string') return giveUp(each, verdict)
    // Another snapshot may still be under way: they go on when that one is done.
    const goOn = kept.length > 0 ? [] : resume(each, why)
    if (each.state === 'held') return [...goOn, unmark(each, why)]
    const failed = { ...each, state: 'failed' as const, sinceMs: inventory.uptimeMs }
    return [...goOn, mark(failed, 'input and output go on, and that it failed is remembered')]
  })
}

/** While this is so, nothing else is done to the resource: DRBD might wait for what is held. */
export function isHolding(resource: string, inventory: Inventory): boolean {
  return [...inventory.suspensions.values()].some(
    (each) => each.resource === resource && each.state !== 'failed',
  )
}

/** Suspend, take and remove, each as far as can be seen. */
export function snapshotSteps(document: PresentResource, inventory: Inventory): Step[] {
  return (document.snapshots ?? []).flatMap((snapshot) => {
    const marker = markerOf(document, snapshot, inventory)
    if (snapshot.step === 'remove') return removeSteps(snapshot, marker, inventory)
    if (marker?.state === 'failed' || marker?.state === 'lifting') return []
    if (problemOf(document, snapshot, inventory) !== undefined) return []
    if (snapshot.step === 'keep') return parts(snapshot, inventory).flatMap(adoptSteps)
    if (snapshot.step === 'suspend') return suspendSteps(document, snapshot, marker, inventory)
    return snapshot.step === 'take' ? takeSteps(document, snapshot, marker, inventory) : []
  })
}

/** Undefined: it is still being worked on. Of what one look has seen, never of older parts. */
export function snapshotState(
  document: PresentResource,
  wanted: DesiredSnapshot,
  inventory: Inventory,
): ObservedSnapshot | undefined {
  const { snapshot, owner, step } = wanted
  const marker = markerOf(document, wanted, inventory)
  const is = (state: ObservedSnapshot['state']) => ({ snapshot, owner, state })
  if (step === 'remove') {
    const isLeft =
      marker !== undefined || parts(wanted, inventory).some((part) => isLeftOver(part, inventory))
    return isLeft || !isSeen(wanted, inventory) ? undefined : is('removed')
  }
  if (step === 'receive') {
    const obstacle = problemOf(document, wanted, inventory)
    if (obstacle !== undefined) return { ...is('failed'), problem: obstacle }
    return isComplete(wanted, inventory) ? is('kept') : undefined
  }
  if (marker?.state === 'lifting') return undefined
  const problem = marker?.problem ?? problemOf(document, wanted, inventory)
  if (marker?.state === 'failed' || problem !== undefined) {
    return { ...is('failed'), problem: problem ?? 'it has failed on this node' }
  }
  const isDone = step === 'suspend' || isComplete(wanted, inventory)
  const isHeld = marker !== undefined && isSuspendedNow(document.resource, inventory)
  if (step === 'keep') return isDone && marker === undefined ? is('kept') : undefined
  if (!isDone || !(isHeld || !hasDrbd(document))) return undefined
  return is(step === 'suspend' ? 'suspended' : 'taken')
}

/** For good: it is remembered, whatever the machine looks like now. */
export function hasFailed(
  document: PresentResource,
  wanted: DesiredSnapshot,
  inventory: Inventory,
): boolean {
  return markerOf(document, wanted, inventory)?.state === 'failed'
}

const hasDrbd = (document: PresentResource) => document.layers.includes('DRBD')

function markerOf(
  { resource }: PresentResource,
  { snapshot, owner }: DesiredSnapshot,
  inventory: Inventory,
): Suspension | undefined {
  const found = inventory.suspensions.get(suspensionKey(resource, snapshot))
  return found?.owner === owner ? found : undefined
}

function isListed(marker: Suspension, document: DesiredResource): DesiredSnapshot | undefined {
  if (document.state !== 'present') return undefined
  return document.snapshots?.find(
    ({ snapshot, owner }) => snapshot === marker.snapshot && owner === marker.owner,
  )
}

/** True: still asked for. A sentence: it is, but it has failed. */
function isHeldFor(
  marker: Suspension,
  document: DesiredResource,
  inventory: Inventory,
): boolean | string {
  const snapshot = isListed(marker, document)
  if (marker.state !== 'held' || !snapshot || document.state !== 'present') return false
  if (snapshot.step !== 'suspend' && snapshot.step !== 'take') return false
  const isLost =
    snapshot.step === 'take' &&
    inventory.drbd.unknown === undefined &&
    !isSuspendedNow(document.resource, inventory)
  if (isLost) return 'input and output were let go on before it was taken'
  return problemOf(document, snapshot, inventory) ?? true
}

function isSuspendedNow(resource: string, inventory: Inventory): boolean {
  return suspendedWhy(resource, inventory).includes('user')
}

/** DRBD's words: `user`, `quorum`, `no-data`, `fencing`. */
function suspendedWhy(resource: string, inventory: Inventory): readonly string[] {
  const why = inventory.drbd.resources.get(resource)?.suspended
  return why === undefined || why === 'no' ? [] : why.split(',')
}

/** Why it cannot be had on this node, now and as long as nobody changes something. */
function problemOf(
  document: PresentResource,
  wanted: DesiredSnapshot,
  inventory: Inventory,
): string | undefined {
  for (const part of parts(wanted, inventory)) {
    const problem = partProblem(part, wanted)
    if (problem !== undefined) return problem
  }
  if (!hasDrbd(document) || markerOf(document, wanted, inventory)) return undefined
  if (wanted.step === 'take') return 'input and output are not held, so it is not taken'
  const why = suspendedWhy(document.resource, inventory)
  const isOurs = isHolding(document.resource, inventory)
  if (wanted.step !== 'suspend' || why.length === 0 || isOurs) return undefined
  return `input and output of ${document.resource} are suspended already (${why.join(', ')}), and not by Varve: nothing could tell when they may go on`
}

function suspendSteps(
  document: PresentResource,
  wanted: DesiredSnapshot,
  marker: Suspension | undefined,
  inventory: Inventory,
): Step[] {
  const { resource } = document
  // Without DRBD nothing can be held: each volume is as it is at one moment.
  if (!hasDrbd(document)) return []
  if (marker && isSuspendedNow(resource, inventory)) return []
  return suspend(marker ?? newMarker(document, wanted, inventory), marker !== undefined)
}

function newMarker(
  document: PresentResource,
  { snapshot, owner }: DesiredSnapshot,
  { uptimeMs }: Inventory,
): Suspension {
  const minors = hasDrbd(document)
    ? document.volumes.flatMap(({ drbd }) => (drbd ? [drbd.minor] : []))
    : []
  const { resource } = document
  return { resource, snapshot, owner, state: 'held', sinceMs: uptimeMs, minors }
}

function takeSteps(
  document: PresentResource,
  wanted: DesiredSnapshot,
  marker: Suspension | undefined,
  inventory: Inventory,
): Step[] {
  if (hasDrbd(document) && !(marker && isSuspendedNow(document.resource, inventory))) return []
  const undo = giveUp(marker ?? newMarker(document, wanted, inventory), 'it could not be taken')
  return parts(wanted, inventory).flatMap(({ ability, object, of, isPlaceSeen }) => {
    // Of a place that could not be looked at it is not known whose the source is.
    if (object || !isPlaceSeen || typeof ability === 'string') return []
    return ability
      .take(of)
      .map((step) =>
        step.kind === 'run' ? { ...step, undo: [...undo, ...(step.undo ?? [])] } : step,
      )
  })
}

/** What is not ours has nothing to do with it and stays. */
function removeSteps(
  wanted: DesiredSnapshot,
  marker: Suspension | undefined,
  inventory: Inventory,
): Step[] {
  const left = parts(wanted, inventory).flatMap((part) => {
    const { ability, object, of } = part
    if (typeof ability === 'string') return []
    const adopted = adoptSteps(part)
    if (adopted.length > 0) return adopted
    if (part.isCopy) return copyRemoval(part, inventory)
    return object && isOurs(part) ? ability.remove(of, object) : []
  })
  if (left.length > 0 || marker?.state !== 'failed') return left
  return [unmark(marker, 'nothing is left of the snapshot')]
}
