/** `decide`: a command on a draft → recorded events, or a refusal. No events: it is so already. */

import type { Args, Command, CommandType, Refusal } from '@varve/events'
import type { Draft } from '../draft.ts'
import { devicePoolObserved } from '../operations/device-pool.ts'
import { expireRollback } from '../operations/rollback.ts'
import { expireSnapshot } from '../operations/snapshot.ts'
import { abortOperation } from './abort.ts'
import { activateResource, deactivateResource } from './activity.ts'
import * as authToken from './auth-token.ts'
import { autoEvictNode, evictNode } from './auto-evict.ts'
import { autoPlaceResources } from './auto-place.ts'
import { takeAutomatic } from './auto-snapshot.ts'
import { cloneDefinition, placeClone } from './clone.ts'
import * as cluster from './cluster.ts'
import * as connection from './connection.ts'
import * as copy from './copy.ts'
import { forgiveDebt } from './debt.ts'
import * as definition from './definition.ts'
import * as devicePool from './device-pool.ts'
import * as encryption from './encryption.ts'
import { evacuateNode, planEvacuation, restoreNode } from './evacuate.ts'
import * as externalFile from './external-file.ts'
import * as fact from './fact.ts'
import * as group from './group.ts'
import * as store from './key-value-store.ts'
import { makeAvailable } from './make-available.ts'
import * as managed from './managed.ts'
import * as member from './member.ts'
import * as node from './node.ts'
import * as policy from './policy.ts'
import * as pool from './pool.ts'
import * as redundancy from './redundancy.ts'
import { changeVolumeKey } from './rekey.ts'
import * as remote from './remote.ts'
import * as resource from './resource.ts'
import * as restore from './restore.ts'
import { beginRollback, rollBack } from './rollback.ts'
import * as schedule from './schedule.ts'
import * as snapshot from './snapshot.ts'
import { deleteSnapshot } from './snapshot-delete.ts'
import { spawn } from './spawn.ts'
import { toggleDisk } from './toggle-disk.ts'
import * as trash from './trash.ts'
import * as volume from './volume-definition.ts'
import * as webhook from './webhook.ts'

type Deciders = { [T in CommandType]: (draft: Draft, args: Args<T>) => Refusal | undefined }

const deciders: Deciders = {
  'cluster.found': cluster.foundCluster,
  'controller.modify': cluster.modifyController,
  'encryption.create-passphrase': encryption.createPassphrase,
  'encryption.modify-passphrase': encryption.modifyPassphrase,
  'encryption.enter-passphrase': encryption.enterPassphrase,
  'encryption.unlock': encryption.noteUnlocked,
  'leader.elect': cluster.electLeader,
  'node.create': node.createNode,
  'node.modify': node.modifyNode,
  'node.delete': node.deleteNode,
  'node.evacuate': evacuateNode,
  'node.evict': evictNode,
  'node.restore': restoreNode,
  'evacuation.plan': planEvacuation,
  'debt.forgive': forgiveDebt,
  'operation.abort': abortOperation,
  'node.lost': node.loseNode,
  'net-interface.create': node.createNetInterface,
  'net-interface.modify': node.modifyNetInterface,
  'net-interface.delete': node.deleteNetInterface,
  'node-connection.modify': connection.modifyNodeConnection,
  'node-connection.create-path': connection.createNodePath,
  'node-connection.delete-path': connection.deleteNodePath,
  'storage-pool-definition.create': pool.createPoolDefinition,
  'storage-pool-definition.modify': pool.modifyPoolDefinition,
  'storage-pool-definition.delete': pool.deletePoolDefinition,
  'storage-pool.create': pool.createPool,
  'storage-pool.modify': pool.modifyPool,
  'storage-pool.delete': pool.deletePool,
  'physical-storage.create-device-pool': devicePool.createDevicePool,
  'physical-storage.delete-device-pool': devicePool.deleteDevicePool,
  'resource-group.create': group.createGroup,
  'resource-group.modify': group.modifyGroup,
  'resource-group.delete': group.deleteGroup,
  'resource-group.spawn': spawn,
  'volume-group.create': group.createVolumeGroup,
  'volume-group.modify': group.modifyVolumeGroup,
  'volume-group.delete': group.deleteVolumeGroup,
  'resource-definition.create': definition.createDefinition,
  'resource-definition.modify': definition.modifyDefinition,
  'resource-definition.delete': definition.deleteDefinition,
  'trash.restore': trash.restoreFromTrash,
  'trash.purge': definition.purgeDefinition,
  'volume-definition.create': volume.createVolumeDefinition,
  'volume-definition.modify': volume.modifyVolumeDefinition,
  'volume-definition.resize': volume.resizeVolumeDefinition,
  'volume-definition.modify-passphrase': changeVolumeKey,
  'volume-definition.delete': volume.deleteVolumeDefinition,
  'resource.create': resource.createResource,
  'resource.auto-place': autoPlaceResources,
  'resource.modify': resource.modifyResource,
  'resource.delete': resource.deleteResource,
  'resource.toggle-disk': toggleDisk,
  'resource.make-available': makeAvailable,
  'resource.activate': activateResource,
  'resource.deactivate': deactivateResource,
  'volume.modify': resource.modifyVolume,
  'resource-connection.modify': connection.modifyResourceConnection,
  'resource-connection.create-path': connection.createResourcePath,
  'resource-connection.delete-path': connection.deleteResourcePath,
  'resource-definition.clone': cloneDefinition,
  'snapshot.copy': copy.copySnapshot,
  'snapshot.abort-copy': copy.abortCopy,
  'snapshot.create': snapshot.createSnapshot,
  'snapshot.create-multiple': snapshot.createSnapshots,
  'snapshot.modify': snapshot.modifySnapshot,
  'snapshot.delete': deleteSnapshot,
  'snapshot.restore': restore.restoreSnapshot,
  'snapshot.restore-volume-definitions': restore.restoreVolumeDefinitions,
  'snapshot.restore-resources': restore.restoreResources,
  'snapshot.expire': expireSnapshot,
  'snapshot.rollback': rollBack,
  'rollback.begin': beginRollback,
  'rollback.expire': expireRollback,
  'clone.place': placeClone,
  'fact.node-online': fact.nodeOnline,
  'fact.node-offline': fact.nodeOffline,
  'fact.pool-measured': fact.poolMeasured,
  'fact.device-pool-observed': devicePoolObserved,
  'fact.resource-observed': fact.resourceObserved,
  'key-value-store.modify': store.modifyStore,
  'key-value-store.delete': store.deleteStore,
  'external-file.modify': externalFile.modifyFile,
  'external-file.delete': externalFile.deleteFile,
  'external-file.deploy': externalFile.deployFile,
  'external-file.undeploy': externalFile.undeployFile,
  'webhook.create': webhook.createWebhook,
  'webhook.delete': webhook.deleteWebhook,
  'remote.create': remote.createRemote,
  'remote.modify': remote.modifyRemote,
  'remote.delete': remote.deleteRemote,
  'schedule.create': schedule.createSchedule,
  'schedule.modify': schedule.modifySchedule,
  'schedule.delete': schedule.deleteSchedule,
  'schedule.enable': schedule.enableSchedule,
  'schedule.disable': schedule.disableSchedule,
  'schedule.unset': schedule.unsetSchedule,
  'member.add': member.addMember,
  'member.revoke': member.revokeMember,
  'auth-token.create': authToken.createAuthToken,
  'auth-token.modify': authToken.modifyAuthToken,
  'auth-token.revoke': authToken.revokeAuthToken,
  'policy.set': policy.setPolicy,
  'proposal.make': policy.makeProposal,
  'proposal.close': policy.closeProposal,
  'node.auto-evict': autoEvictNode,
  'replica.re-place': redundancy.rePlaceReplicas,
  'replica.make-diskful': redundancy.makeDiskful,
  'snapshot.take-automatic': takeAutomatic,
  'replica.clean-up': redundancy.cleanUp,
  'fact.node-sight': policy.noteSight,
  'tie-breaker.add': managed.addTieBreaker,
  'tie-breaker.remove': managed.removeTieBreaker,
  'quorum.manage': managed.manageQuorum,
  'verify-algorithm.manage': managed.manageVerifyAlgorithm,
}

export function decide(draft: Draft, command: Command): Refusal | undefined {
  // The table pairs each type with its own arguments; TypeScript cannot follow the lookup.
  const decider = deciders[command.type] as (
    draft: Draft,
    args: Command['args'],
  ) => Refusal | undefined
  return decider(draft, command.args)
}
