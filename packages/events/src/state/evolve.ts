/**
 * `evolve`: history into state. It never judges and never throws: what is in the log is true.
 * It writes into the state it is given; whoever wants to keep the old one forks first.
 */
import type { FoldedEntry } from '../entry.ts'
import type { EventOf, EventType, VarveEvent } from '../event.ts'
import { limits } from '../limits.ts'
import { NewerRelease } from '../newer.ts'
import * as activity from './evolve-activity.ts'
import * as authToken from './evolve-auth-token.ts'
import * as debt from './evolve-debt.ts'
import * as definition from './evolve-definition.ts'
import * as devicePool from './evolve-device-pool.ts'
import * as evacuation from './evolve-evacuation.ts'
import * as externalFile from './evolve-external-file.ts'
import * as store from './evolve-key-value-store.ts'
import * as member from './evolve-member.ts'
import * as move from './evolve-move.ts'
import * as node from './evolve-node.ts'
import * as policy from './evolve-policy.ts'
import * as property from './evolve-property.ts'
import * as remote from './evolve-remote.ts'
import * as resource from './evolve-resource.ts'
import * as rollback from './evolve-rollback.ts'
import * as schedule from './evolve-schedule.ts'
import * as snapshot from './evolve-snapshot.ts'
import * as webhook from './evolve-webhook.ts'
import type { Origin } from './records.ts'
import type { State } from './state.ts'
import { update } from './update.ts'

type Evolvers = { [T in EventType]: (state: State, event: EventOf<T>, origin: Origin) => void }

export const evolvers: Evolvers = {
  'leader.elected': (state, event) => {
    state.position.term = event.term
  },
  'property.set': property.propertySet,
  'property.deleted': property.propertyDeleted,
  'operation.started': (state, event, origin) => {
    const { operation: id, kind, target } = event
    state.operations.set(id, { id, kind, target, origin })
  },
  'operation.finished': (state, event) => state.operations.delete(event.operation),
  'encryption.passphrase-set': (state, event, origin) =>
    state.encryption.set('', {
      master: event.master,
      unlockedTerm: state.position.term,
      origin,
    }),
  'encryption.unlocked': (state) =>
    update(state.encryption, '', (row) => ({ ...row, unlockedTerm: state.position.term })),
  'node.created': node.nodeCreated,
  'node.kind-changed': node.nodeKindChanged,
  'node.deletion-started': node.nodeDeletionStarted,
  'node.deleted': node.nodeGone,
  'node.lost': node.nodeGone,
  'node.connected': node.nodeConnected,
  'node.described': node.nodeDescribed,
  'node.key-changed': node.nodeKeyChanged,
  'node.disconnected': node.nodeDisconnected,
  'net-interface.created': node.netInterfacePut,
  'net-interface.changed': node.netInterfacePut,
  'net-interface.deleted': node.netInterfaceDeleted,
  'storage-pool-definition.created': node.poolDefinitionCreated,
  'storage-pool-definition.deleted': (state, event) =>
    state.poolDefinitions.delete(event.pool.toLowerCase()),
  'storage-pool.created': node.poolCreated,
  'storage-pool.deleted': node.poolDeleted,
  'storage-pool.measured': node.poolMeasured,
  'storage-pool.failed': node.poolFailed,
  'storage-pool.recovered': node.poolRecovered,
  'device-pool.creation-started': devicePool.devicePoolCreationStarted,
  'device-pool.created': devicePool.devicePoolCreated,
  'device-pool.failed': devicePool.devicePoolFailed,
  'device-pool.deletion-started': devicePool.devicePoolDeletionStarted,
  'device-pool.deletion-failed': devicePool.devicePoolDeletionFailed,
  'device-pool.deleted': devicePool.devicePoolDeleted,
  'resource-group.created': definition.groupCreated,
  'resource-group.described': definition.groupDescribed,
  'resource-group.filter-changed': definition.groupFilterChanged,
  'resource-group.peer-slots-changed': definition.groupPeerSlotsChanged,
  'resource-group.deleted': definition.groupDeleted,
  'volume-group.created': definition.volumeGroupCreated,
  'volume-group.deleted': definition.volumeGroupDeleted,
  'resource-definition.created': definition.definitionCreated,
  'resource-definition.secret-set': definition.definitionSecretSet,
  'resource-definition.group-changed': definition.definitionGroupChanged,
  'resource-definition.peer-slots-changed': definition.definitionPeerSlotsChanged,
  'resource-definition.put-into-trash': definition.definitionPutIntoTrash,
  'resource-definition.taken-from-trash': definition.definitionTakenFromTrash,
  'resource-definition.deletion-started': definition.definitionDeletionStarted,
  'resource-definition.deleted': definition.definitionDeleted,
  'volume-definition.created': definition.volumeDefinitionCreated,
  'volume-definition.key-set': definition.volumeKeySet,
  'volume-definition.key-change-started': definition.volumeKeyChangeStarted,
  'volume-definition.key-changed': definition.volumeKeyChanged,
  'volume-definition.begun-anew': definition.volumeBegunAnew,
  'volume-definition.source-chosen': definition.volumeSourceChosen,
  'volume-definition.initialized': definition.volumeInitialized,
  'volume-definition.format-chosen': definition.volumeFormatChosen,
  'volume-definition.formatted': definition.volumeFormatted,
  'volume-definition.resize-started': definition.resizeStarted,
  'volume-definition.storage-grown': definition.storageGrown,
  'volume-definition.resized': definition.volumeResized,
  'volume-definition.deletion-started': definition.volumeDefinitionDeletionStarted,
  'volume-definition.deleted': definition.volumeDefinitionDeleted,
  'resource.created': resource.resourceCreated,
  'resource.kind-changed': resource.resourceKindChanged,
  'resource.deletion-started': resource.resourceDeletionStarted,
  'resource.deleted': resource.resourceDeleted,
  'resource.lost': (state, event, origin) => {
    policy.replicaMissed(state, event, origin)
    resource.resourceLost(state, event, origin)
  },
  'resource.disk-addition-started': move.diskAdditionStarted,
  'resource.disk-added': move.diskAdded,
  'resource.disk-removal-started': move.diskRemovalStarted,
  'resource.disk-removed': move.diskRemoved,
  'resource.disk-kept': move.diskKept,
  'resource.replacement-started': move.replacementStarted,
  'resource.replacement-dropped': move.replacementDropped,
  'resource.deactivation-started': activity.deactivationStarted,
  'resource.deactivated': activity.deactivated,
  'resource.activated': activity.activated,
  'space.turn-asked': activity.turnAsked,
  'space.turn-recalled': activity.turnRecalled,
  'space.turn-passed': activity.turnPassed,
  'space.turn-ended': activity.turnEnded,
  'node.evacuation-started': evacuation.evacuationStarted,
  'resource.evacuation-blocked': evacuation.evacuationBlocked,
  'node.restored': evacuation.nodeRestored,
  'debt.recorded': debt.debtRecorded,
  'debt.paid': debt.debtGone,
  'debt.forgiven': debt.debtGone,
  'peer.forgotten': resource.peerForgotten,
  'volume.created': resource.volumeCreated,
  'volume.deleted': resource.volumeDeleted,
  'volume.disk-changed': resource.volumeDiskChanged,
  'volume.deployed': resource.volumeDeployed,
  'volume.put-in-use': resource.volumePutInUse,
  'volume.restored': resource.volumeRestored,
  'snapshot.created': snapshot.snapshotCreated,
  'snapshot.node-reached': snapshot.snapshotNodeReached,
  'snapshot.taking': snapshot.snapshotPhase('taking'),
  'snapshot.resuming': snapshot.snapshotPhase('resuming'),
  'snapshot.completed': snapshot.snapshotPhase('ready'),
  'snapshot.cloned': snapshot.snapshotCloned,
  'snapshot.failed': snapshot.snapshotFailed,
  'snapshot.copy-started': snapshot.snapshotCopyStarted,
  'snapshot.copy-listening': snapshot.snapshotCopyListening,
  'snapshot.copied': snapshot.snapshotCopied,
  'snapshot.copy-failed': snapshot.snapshotCopyFailed,
  'snapshot.part-deletion-started': snapshot.snapshotPartDeletionStarted,
  'snapshot.part-deleted': snapshot.snapshotCopyLost,
  'snapshot.copy-removed': snapshot.snapshotCopyRemoved,
  'snapshot.copy-lost': snapshot.snapshotCopyLost,
  'snapshot.deletion-started': snapshot.snapshotDeletionStarted,
  'snapshot.deleted': snapshot.snapshotDeleted,
  'rollback.started': rollback.rollbackStarted,
  'rollback.refused': rollback.rollbackRefused,
  'rollback.node-reached': rollback.rollbackNodeReached,
  'rollback.committed': rollback.rollbackCommitted,
  'rollback.starting': rollback.rollbackStarting,
  'rollback.finished': rollback.rollbackFinished,
  'rollback.failed': rollback.rollbackFailed,
  'member.added': member.memberAdded,
  'member.revoked': member.memberRevoked,
  'auth-token.created': authToken.authTokenCreated,
  'auth-token.changed': authToken.authTokenChanged,
  'auth-token.revoked': authToken.authTokenRevoked,
  'key-value-store.created': store.storeCreated,
  'key-value-store.deleted': store.storeDeleted,
  'external-file.written': externalFile.fileWritten,
  'external-file.deleted': externalFile.fileDeleted,
  'webhook.created': webhook.webhookCreated,
  'webhook.deleted': webhook.webhookDeleted,
  'remote.created': remote.remoteCreated,
  'remote.changed': remote.remoteChanged,
  'remote.deleted': remote.remoteDeleted,
  'schedule.created': schedule.scheduleCreated,
  'schedule.changed': schedule.scheduleChanged,
  'schedule.deleted': schedule.scheduleDeleted,
  'proposal.made': policy.proposalMade,
  'proposal.closed': policy.proposalClosed,
  'redundancy.rebuilding': policy.redundancyRebuilding,
  'redundancy.restored': policy.redundancyRestored,
  'node.unseen': policy.nodeUnseen,
  'node.seen-by-peers': policy.nodeSeenByPeers,
  'node.auto-evicted': policy.nodeAutoEvicted,
  'node.evicted': policy.nodeEvicted,
  'resource.opened': policy.resourceOpened,
  'resource.closed': policy.resourceClosed,
  'auto-diskful.converted': policy.autoDiskfulConverted,
  'auto-diskful.finished': policy.autoDiskfulFinished,
}

export function evolve(state: State, event: VarveEvent, origin: Origin): State {
  const evolver = byType.get(event.type)
  if (!evolver) throw unknownEvent(event.type)
  evolver(state, event, origin)
  return state
}

/**
 * The same table as a map: types that were parsed a moment ago are found in it twice as fast. It
 * pairs each type with its own event; TypeScript cannot follow the lookup.
 */
const byType = new Map(
  Object.entries(evolvers) as [string, (state: State, event: VarveEvent, origin: Origin) => void][],
)

const unknownEvent = (type: string) =>
  new NewerRelease(`the log has an event of type ${type}, which this release does not know`)

/** Throws `NewerRelease` when not all of it can be folded; nothing is folded before that is clear. */
export function requireKnown(entries: readonly Pick<FoldedEntry, 'events'>[]): void {
  for (const { events } of entries) {
    for (const { type } of events) if (!byType.has(type)) throw unknownEvent(type)
  }
}

/** Folds one entry that stands in the block at `sequence`. */
export function evolveEntry(state: State, entry: FoldedEntry, sequence: number): State {
  const origin: Origin = { entry: entry.id, at: entry.at, sequence }
  for (const event of entry.events) evolve(state, event, origin)
  return finishEntry(state, entry, sequence)
}

/** What follows the events of an entry: its outcome is remembered, the position moves. */
export function finishEntry(
  state: State,
  entry: Pick<FoldedEntry, 'id' | 'at' | 'actor' | 'command' | 'reply'>,
  sequence: number,
): State {
  // The ids of others are the leader's own: nobody can send their commands again.
  if (entry.actor.kind === 'user') rememberOutcome(state, entry, sequence)
  state.position.entries += 1
  state.position.at = entry.at
  return state
}

function rememberOutcome(
  state: State,
  entry: Pick<FoldedEntry, 'id' | 'command' | 'reply'>,
  sequence: number,
): void {
  const slot = String(state.position.answered % limits.outcomes)
  if (state.position.answered >= limits.outcomes) forgetOutcome(state, slot)
  state.outcomes.set(entry.id, {
    sequence,
    slot,
    type: entry.command.type,
    reply: entry.reply,
  })
  state.position.answered += 1
}

/** Outcomes are a ring: the one of 20,000 answers ago gives way. */
function forgetOutcome(state: State, slot: string): void {
  for (const key of state.outcomes.keysBy('slot', slot)) state.outcomes.delete(key)
}
