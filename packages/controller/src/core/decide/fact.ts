/**
 * Facts: what the leader saw and what decisions depend on. Each says only what changed, so a
 * report that tells nothing new makes no entry.
 */
import {
  type Args,
  type DiskState,
  definitionOf,
  isLive,
  nameKey,
  nodeOf,
  poolOf,
  type Refusal,
  type Resource,
  resourceOf,
  type Volume,
  volumeDefinitionOf,
  volumeOf,
  volumesOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { observeDebt } from '../operations/debt.ts'
import { observeDiskGone, settleMovesOn } from '../operations/move.ts'
import { noteKeyChange } from '../operations/rekey.ts'
import { observeRollback } from '../operations/rollback.ts'
import { finishResize, removeResource, settleDefinition, settleNode } from '../operations/settle.ts'
import { observeSnapshots, settleSnapshots } from '../operations/snapshot.ts'
import { observeTurn } from '../operations/turn.ts'
import { confirmClosed } from './activity.ts'

type Observed = Args<'fact.resource-observed'>
type ObservedVolume = Observed['volumes'][number]

export function nodeOnline(draft: Draft, args: Args<'fact.node-online'>): Refusal | undefined {
  const node = nodeOf(draft.state, args.node)
  if (!node) return undefined
  if (node.link.status !== 'online' || node.link.boot !== args.boot) {
    draft.record({ type: 'node.connected', node: node.name, boot: args.boot })
  }
  const isKnown =
    node.uname === args.uname &&
    JSON.stringify(node.capabilities) === JSON.stringify(args.capabilities)
  if (!isKnown) {
    draft.record({
      type: 'node.described',
      node: node.name,
      uname: args.uname,
      capabilities: args.capabilities,
    })
  }
  const { publicKey } = args
  if (publicKey !== undefined && publicKey !== node.publicKey) {
    draft.record({ type: 'node.key-changed', node: node.name, publicKey })
  }
  // Its reports may have come before its heartbeat, when the word of an absent node did not count.
  if (node.link.status !== 'online') settleMovesOn(draft, node.name)
  return undefined
}

export function nodeOffline(draft: Draft, args: Args<'fact.node-offline'>): Refusal | undefined {
  const node = nodeOf(draft.state, args.node)
  if (node?.link.status === 'online') {
    draft.record({ type: 'node.disconnected', node: node.name })
  }
  return undefined
}

export function poolMeasured(draft: Draft, args: Args<'fact.pool-measured'>): Refusal | undefined {
  const row = poolOf(draft.state, args.node, args.pool)
  if (!row) return undefined
  const { granularityKib, problem } = args
  const pool = { node: row.node, pool: row.name }
  if (granularityKib !== undefined && row.granularityKib !== granularityKib) {
    draft.record({ type: 'storage-pool.measured', ...pool, granularityKib })
  }
  // By its kind: the words of a tool may differ from look to look.
  if (problem !== undefined && row.problem?.kind !== problem.kind) {
    draft.record({ type: 'storage-pool.failed', ...pool, problem })
  }
  if (problem === undefined && row.problem !== undefined) {
    draft.record({ type: 'storage-pool.recovered', ...pool })
  }
  return undefined
}

export function resourceObserved(draft: Draft, args: Observed): Refusal | undefined {
  observeDebt(draft, args)
  const resource = resourceOf(draft.state, args.definition, args.node)
  if (!resource) {
    // It may have copies of snapshots all the same.
    if (!definitionOf(draft.state, args.definition)) return undefined
    observeSnapshots(draft, args.definition, args.node, args.snapshots ?? [])
    settleSnapshots(draft, args.definition)
    return undefined
  }
  observeTurn(draft, resource, args)
  if (resource.phase.status === 'deleting') {
    if (args.absent && args.from >= resource.phase.since) {
      removeResource(draft, resource.definition, resource.node, 'resource.deleted')
      settleDefinition(draft, resource.definition)
      settleNode(draft, resource.node)
    }
    return undefined
  }
  if (args.absent) return undefined
  forgetPeers(draft, resource, args.from)
  for (const volume of args.volumes) observeVolume(draft, resource, volume, args.from)
  if (resource.inactive) {
    if (resource.inactive.since === args.inactive) confirmClosed(draft, resource)
  } else for (const volume of args.volumes) observeUse(draft, resource, volume, args.from)
  observeOpening(draft, resource, args.primary)
  observeRestored(draft, resource, args)
  removeVolumes(draft, resource, args)
  observeDiskGone(draft, resource, args)
  observeSnapshots(draft, resource.definition, resource.node, args.snapshots ?? [])
  observeRollback(draft, resource, args)
  settleDefinition(draft, resource.definition)
  return undefined
}

/** A document newer than a peer's removal is applied: its bitmap slot is free on this node. */
function forgetPeers(draft: Draft, resource: Resource, from: number): void {
  for (const retired of definitionOf(draft.state, resource.definition)?.retired ?? []) {
    if (from >= retired.since && retired.waiting.includes(nameKey(resource.node))) {
      const { definition, node } = resource
      draft.record({ type: 'peer.forgotten', definition, node, nodeId: retired.nodeId })
    }
  }
}

function observeVolume(
  draft: Draft,
  resource: Resource,
  observed: ObservedVolume,
  from: number,
): void {
  const { definition, node } = resource
  const volume = volumeOf(draft.state, definition, node, observed.number)
  // What it has of storage is on its way out.
  if (!volume || volume.isLeaving) return
  const { number } = volume
  if (observed.backingKib !== undefined && observed.backingKib !== volume.deployedKib) {
    draft.record({
      type: 'volume.deployed',
      definition,
      node,
      number,
      sizeKib: observed.backingKib,
    })
  }
  if (observed.disk !== undefined && isNews(volume, observed.disk)) {
    draft.record({ type: 'volume.disk-changed', definition, node, number, disk: observed.disk })
  }
  const row = volumeDefinitionOf(draft.state, definition, number)
  if (!row) return
  if (!row.initialized && observed.disk === 'UpToDate') {
    draft.record({ type: 'volume-definition.initialized', definition, number })
  }
  if (row.rekeying) noteKeyChange(draft, row, node, from)
  const isMaker = row.format && !row.format.done && row.format.node === node
  if (isMaker && observed.formatted === true) {
    draft.record({ type: 'volume-definition.formatted', definition, number })
  }
  const isGrown = (observed.deviceKib ?? 0) >= row.sizeKib
  if (row.resizing?.resizer === node && isGrown) finishResize(draft, row, row.resizing.operation)
}

/** Only of those without a disk: whether they should have one hangs on it. */
function observeOpening(draft: Draft, resource: Resource, isPrimary: boolean | undefined): void {
  const { definition, node, kind, openedAt } = resource
  const isOpen = isPrimary === true && kind !== 'diskful'
  if (isPrimary === undefined || isOpen === (openedAt !== undefined)) return
  draft.record({ type: isOpen ? 'resource.opened' : 'resource.closed', definition, node })
}

/**
 * With DRBD from the first attach on, which comes when nothing formats it any more; without it when
 * all that was asked for is true.
 */
function observeUse(
  draft: Draft,
  { definition, node }: Resource,
  { number, disk, deviceKib }: ObservedVolume,
  from: number,
): void {
  const volume = volumeOf(draft.state, definition, node, number)
  if (!volume?.pool || volume.hasBeenInUse) return
  const isReplicated = volumeDefinitionOf(draft.state, definition, number)?.minor !== undefined
  const isInUse = isReplicated
    ? disk !== undefined && restingStates.has(disk)
    : deviceKib !== undefined && from >= volume.origin.sequence
  if (isInUse) draft.record({ type: 'volume.put-in-use', definition, node, number })
}

/**
 * A device that is there may still need its snapshot; a document that is true needs it no more. With
 * DRBD the disk has to be good as well.
 */
function observeRestored(draft: Draft, { definition, node }: Resource, args: Observed): void {
  for (const { number, disk } of args.volumes) {
    const volume = volumeOf(draft.state, definition, node, number)
    if (!volume?.from || volume.from.isThere || args.from < volume.origin.sequence) continue
    const isReplicated = volumeDefinitionOf(draft.state, definition, number)?.minor !== undefined
    if (isReplicated && disk !== 'UpToDate') continue
    draft.record({ type: 'volume.restored', definition, node, number })
  }
}

/** States in which a disk stays; what it only passes through is no fact. */
const restingStates: ReadonlySet<DiskState> = new Set([
  'UpToDate',
  'Outdated',
  'Inconsistent',
  'Failed',
])

/** Without a disk is news only for a volume that shall have one and has had one. */
function isNews(volume: Volume, disk: DiskState): boolean {
  if (disk === volume.disk) return false
  if (disk === 'Diskless') return volume.pool !== undefined && volume.disk !== undefined
  return restingStates.has(disk)
}

/** Volumes that were to go and that the node, having applied that, no longer has. */
function removeVolumes(draft: Draft, resource: Resource, args: Observed): void {
  for (const volume of volumesOf(draft.state, resource.definition, resource.node)) {
    const row = volumeDefinitionOf(draft.state, resource.definition, volume.number)
    if (!row || isLive(row) || row.phase.status !== 'deleting') continue
    const seen = args.volumes.find((other) => other.number === volume.number)
    if (args.from >= row.phase.since && seen?.backingKib === undefined) {
      const { definition, node, number } = volume
      draft.record({ type: 'volume.deleted', definition, node, number })
    }
  }
}
