/** Resources and volumes. */
import type { EventOf } from '../event.ts'
import { keyOf, nameKey } from '../names.ts'
import { live, noProps } from './common.ts'
import { holdPorts } from './evolve-node.ts'
import { snapshotsLeftBy, snapshotsWithout } from './evolve-snapshot.ts'
import {
  isLive,
  resourceConnectionsOf,
  resourceOf,
  resourcesOf,
  volumeDefinitionOf,
  volumeOf,
  volumesOf,
} from './lookup.ts'
import type { Origin, Resource, RetiredNodeId, Volume } from './records.ts'
import type { State } from './state.ts'
import { twinsOf, twinVolumesOf } from './twins.ts'
import { update } from './update.ts'
import { changeCompanions, changeUsage } from './usage.ts'

export function resourceCreated(
  state: State,
  event: EventOf<'resource.created'>,
  origin: Origin,
): void {
  state.resources.set(keyOf(event.definition, event.node), {
    definition: event.definition,
    node: event.node,
    kind: event.kind,
    diskfulBy: event.diskfulBy,
    nodeId: event.nodeId,
    ports: event.ports ?? noPorts,
    peerSlots: event.peerSlots,
    space: event.space,
    inactive: event.inactive && { since: origin.sequence },
    openedAt: undefined,
    props: noProps,
    phase: live,
    origin,
  })
  holdPorts(state, event.node, event.ports ?? noPorts, true)
}

const noPorts: readonly number[] = []

export function resourceKindChanged(state: State, event: EventOf<'resource.kind-changed'>): void {
  update(state.resources, keyOf(event.definition, event.node), (row) => ({
    ...row,
    kind: event.kind,
    diskfulBy: event.diskfulBy,
  }))
}

/** The last of its twins to go takes the storage along; whoever goes before leaves it as it is. */
export function resourceDeletionStarted(
  state: State,
  event: EventOf<'resource.deletion-started'>,
  origin: Origin,
): void {
  const resource = resourceOf(state, event.definition, event.node)
  const hasHeir = resource !== undefined && twinsOf(state, resource).some(isLive)
  update(
    state.resources,
    keyOf(event.definition, event.node),
    (row): Resource => ({
      ...row,
      adding: undefined,
      removing: undefined,
      leaving: undefined,
      blocked: undefined,
      keepsStorage: hasHeir ? true : undefined,
      phase: { status: 'deleting', operation: event.operation, since: origin.sequence },
    }),
  )
}

/** Whatever its node has of it is not known any more. */
export function resourceLost(
  state: State,
  event: { readonly definition: string; readonly node: string },
  origin: Origin,
): void {
  if (!resourceOf(state, event.definition, event.node)) return
  snapshotsWithout(state, event.definition, event.node)
  resourceGone(state, event, origin)
}

/** Snapshots that were taken of it stay on its node. */
export function resourceDeleted(
  state: State,
  event: { readonly definition: string; readonly node: string },
  origin: Origin,
): void {
  const resource = resourceOf(state, event.definition, event.node)
  if (!resource) return
  snapshotsLeftBy(state, resource, volumesOf(state, event.definition, event.node))
  resourceGone(state, event, origin)
}

/**
 * `resource.deleted` and `resource.lost`: ports are free at once, the node-id only when every
 * diskful peer has dropped its bitmap slot: a new replica must not inherit the old one's bitmap.
 */
function resourceGone(
  state: State,
  event: { readonly definition: string; readonly node: string },
  origin: Origin,
): void {
  const resource = resourceOf(state, event.definition, event.node)
  if (!resource) return
  for (const volume of volumesOf(state, event.definition, event.node)) volumeGone(state, volume)
  for (const row of resourceConnectionsOf(state, event.definition)) {
    if (!row.nodes.some((node) => nameKey(node) === nameKey(event.node))) continue
    state.resourceConnections.delete(keyOf(row.definition, ...row.nodes))
  }
  holdPorts(state, resource.node, resource.ports, false)
  state.resources.delete(keyOf(event.definition, event.node))
  forgetWaiter(state, event.definition, event.node)
  retireNodeId(state, resource, origin)
}

export function peerForgotten(state: State, event: EventOf<'peer.forgotten'>): void {
  changeRetired(state, event.definition, (retired) =>
    retired.nodeId === event.nodeId ? withoutWaiter(retired, event.node) : retired,
  )
}

export function volumeCreated(
  state: State,
  event: EventOf<'volume.created'>,
  origin: Origin,
): void {
  const row = volumeDefinitionOf(state, event.definition, event.number)
  const volume: Volume = {
    definition: event.definition,
    node: event.node,
    number: event.number,
    pool: event.pool,
    from: event.from,
    companions: event.companions,
    owner: event.owner,
    disk: undefined,
    deployedKib: undefined,
    isLate: row?.initialized ? true : undefined,
    hasBeenInUse: undefined,
    props: noProps,
    origin,
  }
  const twins = twinVolumesOf(state, volume)
  const made: Volume = {
    ...volume,
    isTwin: twins.length > 0 ? true : undefined,
    hasBeenInUse: twins.some((twin) => twin.hasBeenInUse) ? true : undefined,
  }
  state.volumes.set(keyOf(event.definition, event.node, event.number), made)
  changeUsage(state, made, { kib: sizeOf(state, made), volumes: 1 })
  changeCompanions(state, made, 'made')
}

export function volumeDeleted(state: State, event: EventOf<'volume.deleted'>): void {
  const volume = volumeOf(state, event.definition, event.node, event.number)
  if (volume) volumeGone(state, volume)
}

export function volumeDiskChanged(state: State, event: EventOf<'volume.disk-changed'>): void {
  update(state.volumes, keyOf(event.definition, event.node, event.number), (row) => ({
    ...row,
    disk: event.disk,
  }))
}

export function volumeDeployed(state: State, event: EventOf<'volume.deployed'>): void {
  const key = keyOf(event.definition, event.node, event.number)
  const before = state.volumes.get(key)
  if (!before) return
  changeUsage(state, before, { kib: 0, deployedKib: sizeOf(state, before) })
  changeCompanions(state, before, 'deployed')
  state.volumes.set(key, { ...before, deployedKib: event.sizeKib })
}

export function volumePutInUse(state: State, event: EventOf<'volume.put-in-use'>): void {
  const volume = volumeOf(state, event.definition, event.node, event.number)
  if (!volume) return
  // What one has used nobody makes anew.
  for (const { definition, node, number } of [volume, ...twinVolumesOf(state, volume)]) {
    const key = keyOf(definition, node, number)
    update(state.volumes, key, (row): Volume => ({ ...row, hasBeenInUse: true }))
  }
}

export function volumeRestored(state: State, event: EventOf<'volume.restored'>): void {
  update(state.volumes, keyOf(event.definition, event.node, event.number), (row) =>
    row.from ? { ...row, from: { ...row.from, isThere: true } } : row,
  )
}

export function volumeGone(state: State, volume: Volume): void {
  changeUsage(state, volume, { kib: -sizeOf(state, volume), volumes: -1 })
  changeCompanions(state, volume, 'gone')
  const [heir] = volume.isTwin ? [] : twinVolumesOf(state, volume)
  state.volumes.delete(keyOf(volume.definition, volume.node, volume.number))
  if (heir) countInstead(state, heir)
}

/** The storage is still there, so another one of those that have it counts. */
function countInstead(state: State, twin: Volume): void {
  const counted: Volume = { ...twin, isTwin: undefined }
  state.volumes.set(keyOf(twin.definition, twin.node, twin.number), counted)
  changeUsage(state, counted, { kib: sizeOf(state, counted) })
}

function sizeOf(state: State, volume: Volume): number {
  return volumeDefinitionOf(state, volume.definition, volume.number)?.sizeKib ?? 0
}

function retireNodeId(state: State, resource: Resource, origin: Origin): void {
  if (resource.nodeId === undefined) return
  if (resource.kind !== 'diskful' && !resource.hadDisk) return
  const waiting = resourcesOf(state, resource.definition)
    .filter((peer) => peer.kind === 'diskful')
    .map((peer) => nameKey(peer.node))
  if (waiting.length === 0) return
  const retired: RetiredNodeId = { nodeId: resource.nodeId, since: origin.sequence, waiting }
  update(state.definitions, nameKey(resource.definition), (row) => ({
    ...row,
    retired: [...row.retired.filter((old) => old.nodeId !== retired.nodeId), retired],
  }))
}

/** A node that is gone itself needs to forget nobody any more. */
function forgetWaiter(state: State, definition: string, node: string): void {
  changeRetired(state, definition, (retired) => withoutWaiter(retired, node))
}

function changeRetired(
  state: State,
  definition: string,
  change: (retired: RetiredNodeId) => RetiredNodeId,
): void {
  const row = state.definitions.get(nameKey(definition))
  if (!row || row.retired.length === 0) return
  state.definitions.set(nameKey(definition), {
    ...row,
    retired: row.retired.map(change).filter((retired) => retired.waiting.length > 0),
  })
}

function withoutWaiter(retired: RetiredNodeId, node: string): RetiredNodeId {
  return { ...retired, waiting: retired.waiting.filter((name) => name !== nameKey(node)) }
}
