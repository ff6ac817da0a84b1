/** Which objects an event is about: a definition's history includes its resources and volumes. */
import { type EventOf, type EventType, type Reference, refer, type VarveEvent } from '@varve/events'

const ofDefinition = (e: { definition: string }) => [refer('resource-definition', e.definition)]
const ofVolumeDefinition = (e: { definition: string; number: number }) => [
  refer('volume-definition', e.definition, e.number),
  ...ofDefinition(e),
]
const ofResource = (e: { definition: string; node: string }) => [
  refer('resource', e.definition, e.node),
  ...ofDefinition(e),
]
/** Replicas that come and go belong to the history of their node as well. */
const ofResourceAndNode = (e: { definition: string; node: string }) => [
  ...ofResource(e),
  refer('node', e.node),
]
const ofVolume = (e: { definition: string; node: string; number: number }) => [
  refer('volume', e.definition, e.node, e.number),
  ...ofResource(e),
  refer('volume-definition', e.definition, e.number),
]
const ofSnapshot = (e: { definition: string; snapshot: string }) => [
  refer('snapshot', e.definition, e.snapshot),
  ...ofDefinition(e),
]
const ofNode = (e: { node: string }) => [refer('node', e.node)]
const ofNetInterface = (e: { node: string; name: string }) => [
  refer('net-interface', e.node, e.name),
  ...ofNode(e),
]
const ofPool = (e: { node: string; pool: string }) => [
  refer('storage-pool', e.node, e.pool),
  ...ofNode(e),
]
const ofDevicePool = (e: { node: string; backing: string }) => [
  refer('device-pool', e.node, e.backing),
  ...ofNode(e),
]
const ofPoolDefinition = (e: { pool: string }) => [refer('storage-pool-definition', e.pool)]
const ofGroup = (e: { group: string }) => [refer('resource-group', e.group)]
const ofMember = (e: { member: string }) => [refer('member', e.member)]
const ofAuthToken = (e: { token: number }) => [refer('auth-token', e.token)]
const ofStore = (e: { store: string }) => [refer('key-value-store', e.store)]
const ofRemote = (e: { remote: string }) => [refer('remote', e.remote)]
const ofWebhook = (e: { webhook: string }) => [refer('webhook', e.webhook)]
const ofSchedule = (e: { schedule: string }) => [refer('schedule', e.schedule)]
const ofVolumeGroup = (e: { group: string; number: number }) => [
  refer('volume-group', e.group, e.number),
  ...ofGroup(e),
]

type References = { [T in EventType]: (event: EventOf<T>) => Reference[] }

const references: References = {
  'leader.elected': () => [refer('controller')],
  'property.set': (e) => withOwner(e.of),
  'property.deleted': (e) => withOwner(e.of),
  'operation.started': (e) => withOwner(e.target),
  'operation.finished': () => [],
  'encryption.passphrase-set': () => [refer('controller')],
  'encryption.unlocked': () => [refer('controller')],
  'node.created': ofNode,
  'node.kind-changed': ofNode,
  'node.deletion-started': ofNode,
  'node.deleted': ofNode,
  'node.lost': ofNode,
  'node.connected': ofNode,
  'node.described': ofNode,
  'node.key-changed': ofNode,
  'node.disconnected': ofNode,
  'net-interface.created': ofNetInterface,
  'net-interface.changed': ofNetInterface,
  'net-interface.deleted': ofNetInterface,
  'storage-pool-definition.created': ofPoolDefinition,
  'storage-pool-definition.deleted': ofPoolDefinition,
  'storage-pool.created': ofPool,
  'storage-pool.deleted': ofPool,
  'storage-pool.measured': ofPool,
  'storage-pool.failed': ofPool,
  'storage-pool.recovered': ofPool,
  'device-pool.creation-started': ofDevicePool,
  'device-pool.created': ofDevicePool,
  'device-pool.failed': ofDevicePool,
  'device-pool.deletion-started': ofDevicePool,
  'device-pool.deletion-failed': ofDevicePool,
  'device-pool.deleted': ofDevicePool,
  'resource-group.created': ofGroup,
  'resource-group.described': ofGroup,
  'resource-group.filter-changed': ofGroup,
  'resource-group.peer-slots-changed': ofGroup,
  'resource-group.deleted': ofGroup,
  'volume-group.created': ofVolumeGroup,
  'volume-group.deleted': ofVolumeGroup,
  'resource-definition.created': ofDefinition,
  'resource-definition.secret-set': ofDefinition,
  'resource-definition.group-changed': (e) => [...ofDefinition(e), ...ofGroup(e)],
  'resource-definition.peer-slots-changed': ofDefinition,
  'resource-definition.put-into-trash': ofDefinition,
  'resource-definition.taken-from-trash': ofDefinition,
  'resource-definition.deletion-started': ofDefinition,
  'resource-definition.deleted': ofDefinition,
  'volume-definition.created': ofVolumeDefinition,
  'volume-definition.key-set': ofVolumeDefinition,
  'volume-definition.key-change-started': ofVolumeDefinition,
  'volume-definition.key-changed': ofVolumeDefinition,
  'volume-definition.begun-anew': ofVolumeDefinition,
  'volume-definition.source-chosen': ofVolumeDefinition,
  'volume-definition.initialized': ofVolumeDefinition,
  'volume-definition.format-chosen': ofVolumeDefinition,
  'volume-definition.formatted': ofVolumeDefinition,
  'volume-definition.resize-started': ofVolumeDefinition,
  'volume-definition.storage-grown': ofVolumeDefinition,
  'volume-definition.resized': ofVolumeDefinition,
  'volume-definition.deletion-started': ofVolumeDefinition,
  'volume-definition.deleted': ofVolumeDefinition,
  'resource.created': ofResourceAndNode,
  'resource.kind-changed': ofResource,
  'resource.deletion-started': ofResource,
  'resource.deleted': ofResourceAndNode,
  'resource.lost': ofResourceAndNode,
  'resource.disk-addition-started': ofResourceAndNode,
  'resource.disk-added': ofResource,
  'resource.disk-removal-started': ofResourceAndNode,
  'resource.disk-removed': ofResource,
  'resource.disk-kept': ofResource,
  'resource.replacement-started': ofResourceAndNode,
  'resource.replacement-dropped': ofResource,
  'resource.deactivation-started': ofResourceAndNode,
  'resource.deactivated': ofResourceAndNode,
  'resource.activated': ofResourceAndNode,
  'space.turn-asked': ofResource,
  'space.turn-recalled': ofResource,
  'space.turn-passed': ofResource,
  'space.turn-ended': ofResource,
  'node.evacuation-started': ofNode,
  'resource.evacuation-blocked': ofResource,
  'node.restored': ofNode,
  'debt.recorded': ofResourceAndNode,
  'debt.paid': ofResourceAndNode,
  'debt.forgiven': ofResourceAndNode,
  'peer.forgotten': ofResource,
  'volume.created': ofVolume,
  'volume.deleted': ofVolume,
  'volume.disk-changed': ofVolume,
  'volume.deployed': ofVolume,
  'volume.put-in-use': ofVolume,
  'volume.restored': ofVolume,
  'proposal.made': (e) => withOwner(e.about),
  'proposal.closed': (e) => withOwner(e.about),
  'redundancy.rebuilding': ofDefinition,
  'redundancy.restored': ofDefinition,
  'node.unseen': ofNode,
  'node.seen-by-peers': ofNode,
  'node.auto-evicted': ofNode,
  'node.evicted': ofNode,
  'resource.opened': ofResource,
  'resource.closed': ofResource,
  'auto-diskful.converted': ofResource,
  'auto-diskful.finished': ofDefinition,
  'snapshot.created': ofSnapshot,
  'snapshot.node-reached': ofSnapshot,
  'snapshot.taking': ofSnapshot,
  'snapshot.resuming': ofSnapshot,
  'snapshot.completed': ofSnapshot,
  'snapshot.cloned': ofSnapshot,
  'snapshot.failed': ofSnapshot,
  'snapshot.copy-started': (e) => [...ofSnapshot(e), ...ofNode(e)],
  'snapshot.copy-listening': ofSnapshot,
  'snapshot.copied': (e) => [...ofSnapshot(e), ...ofNode(e)],
  'snapshot.copy-failed': (e) => [...ofSnapshot(e), ...ofNode(e)],
  'snapshot.part-deletion-started': ofSnapshot,
  'snapshot.part-deleted': ofSnapshot,
  'snapshot.copy-removed': ofSnapshot,
  'snapshot.copy-lost': (e) => [...ofSnapshot(e), ...ofNode(e)],
  'snapshot.deletion-started': ofSnapshot,
  'snapshot.deleted': ofSnapshot,
  'rollback.started': ofSnapshot,
  'rollback.refused': ofSnapshot,
  'rollback.node-reached': ofResource,
  'rollback.committed': ofDefinition,
  'rollback.starting': ofDefinition,
  'rollback.finished': ofDefinition,
  'rollback.failed': ofDefinition,
  'member.added': ofMember,
  'member.revoked': ofMember,
  'auth-token.created': ofAuthToken,
  'auth-token.changed': ofAuthToken,
  'auth-token.revoked': ofAuthToken,
  'key-value-store.created': ofStore,
  'key-value-store.deleted': ofStore,
  'external-file.written': (e) => [refer('external-file', e.file.slice(1))],
  'external-file.deleted': (e) => [refer('external-file', e.file.slice(1))],
  'webhook.created': ofWebhook,
  'webhook.deleted': ofWebhook,
  'remote.created': ofRemote,
  'remote.changed': ofRemote,
  'remote.deleted': ofRemote,
  'schedule.created': ofSchedule,
  'schedule.changed': ofSchedule,
  'schedule.deleted': ofSchedule,
}

/** Objects whose history the event belongs to, in their creator's spelling, the nearest first. */
export function referencesOf(event: VarveEvent): Reference[] {
  // The table pairs each type with its own event; TypeScript cannot follow the lookup.
  const of = references[event.type] as (event: VarveEvent) => Reference[]
  return of(event)
}

const parts: ReadonlySet<string | undefined> = new Set([
  'resource',
  'volume-definition',
  'volume',
  'resource-connection',
  'snapshot',
])

/** Under which the history index keeps an object's entries: a definition stands for all its parts. */
export function ownerOf(reference: string): string {
  const [noun, definition] = reference.split('/')
  return parts.has(noun) && definition !== undefined
    ? `resource-definition/${definition}`
    : reference
}

/** The owners of all objects that `referencesOf` names; made without naming each of them. */
export function ownersOf(event: VarveEvent): string[] {
  if (!('definition' in event)) return referencesOf(event).map(ownerOf)
  const definition = `resource-definition/${event.definition}`
  if (event.type === 'resource-definition.group-changed') {
    return [definition, `resource-group/${event.group}`]
  }
  const isOfNode =
    event.type === 'resource.created' ||
    event.type === 'resource.deleted' ||
    event.type === 'resource.lost' ||
    event.type === 'debt.recorded' ||
    event.type === 'debt.paid' ||
    event.type === 'debt.forgiven' ||
    event.type === 'resource.disk-addition-started' ||
    event.type === 'resource.disk-removal-started' ||
    event.type === 'resource.replacement-started' ||
    event.type === 'snapshot.copy-started' ||
    event.type === 'snapshot.copied' ||
    event.type === 'snapshot.copy-failed' ||
    event.type === 'snapshot.copy-lost'
  return isOfNode ? [definition, `node/${event.node}`] : [definition]
}

/** `volume/web/n1/0` belongs to `resource/web/n1` and `resource-definition/web`, too. */
function withOwner(of: Reference): Reference[] {
  const [noun, first, second] = of.split('/')
  if (first === undefined) return [of]
  if (noun === 'node-connection' && second !== undefined) {
    return [of, refer('node', first), refer('node', second)]
  }
  if (
    noun === 'resource' ||
    noun === 'volume-definition' ||
    noun === 'resource-connection' ||
    noun === 'snapshot'
  )
    return [of, refer('resource-definition', first)]
  if (noun === 'volume' && second !== undefined) {
    return [of, refer('resource', first, second), refer('resource-definition', first)]
  }
  if (noun === 'storage-pool' || noun === 'net-interface' || noun === 'device-pool')
    return [of, refer('node', first)]
  if (noun === 'volume-group') return [of, refer('resource-group', first)]
  return [of]
}
