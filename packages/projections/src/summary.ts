/** One sentence per event and per entry: the log in words. */
import { type Entry, type EventOf, type EventType, formatKib, type VarveEvent } from '@varve/events'

type Sentences = { [T in EventType]: (event: EventOf<T>) => string }

const sentences: Sentences = {
  'leader.elected': (e) => `controller ${e.controller} became leader of term ${e.term}`,
  'property.set': (e) => `property ${e.key} of ${e.of} became ${JSON.stringify(e.value)}`,
  'property.deleted': (e) => `property ${e.key} of ${e.of} was deleted`,
  'operation.started': (e) => `operation ${e.kind} of ${e.target} began`,
  'operation.finished': (e) => `operation ${e.operation} finished`,
  'encryption.passphrase-set': () => 'the passphrase of the cluster was set',
  'encryption.unlocked': () => 'the passphrase of the cluster was entered',
  'proposal.made': (e) =>
    `policy ${e.policy} would ${e.wish}${e.held === undefined ? '' : `, but ${e.held}`}`,
  'proposal.closed': (e) => `policy ${e.policy} wishes nothing more of ${e.about}: ${e.outcome}`,
  'redundancy.rebuilding': (e) => `replicas that ${e.definition} has lost are made anew`,
  'redundancy.restored': (e) => `${e.definition} has all its replicas again`,
  'node.unseen': (e) => `nobody has word of node ${e.node}`,
  'node.seen-by-peers': (e) => `peers of node ${e.node} still have word of it`,
  'node.evicted': (e) => `node ${e.node} was evicted by hand`,
  'node.auto-evicted': (e) => `node ${e.node} was evicted, since it was away for too long`,
  'resource.opened': (e) => `${e.definition} was opened on ${e.node}, which has no disk`,
  'resource.closed': (e) => `${e.definition} was closed on ${e.node}`,
  'auto-diskful.converted': (e) => `${e.definition} gets a disk on ${e.node}, where it is in use`,
  'auto-diskful.finished': (e) => `${e.definition} has no replica too many since`,
  'node.created': (e) => `node ${e.node} was added as ${e.kind}`,
  'node.kind-changed': (e) => `node ${e.node} became ${e.kind}`,
  'node.deletion-started': (e) => `deletion of node ${e.node} began`,
  'node.deleted': (e) => `node ${e.node} was deleted`,
  'node.lost': (e) => `node ${e.node} was declared lost`,
  'node.connected': (e) => `node ${e.node} came online`,
  'node.described': (e) => `node ${e.node} reported what it can do`,
  'node.key-changed': (e) => `secrets for node ${e.node} are sealed to a new key`,
  'node.disconnected': (e) => `node ${e.node} went offline`,
  'net-interface.created': (e) => `net interface ${e.name} of ${e.node} was added: ${e.address}`,
  'net-interface.changed': (e) => `net interface ${e.name} of ${e.node} became ${e.address}`,
  'net-interface.deleted': (e) => `net interface ${e.name} of ${e.node} was deleted`,
  'storage-pool-definition.created': (e) => `storage pool definition ${e.pool} was added`,
  'storage-pool-definition.deleted': (e) => `storage pool definition ${e.pool} was deleted`,
  'storage-pool.created': (e) => `storage pool ${e.pool} was added on ${e.node} (${e.provider})`,
  'storage-pool.deleted': (e) => `storage pool ${e.pool} on ${e.node} was deleted`,
  'storage-pool.measured': (e) =>
    `storage pool ${e.pool} on ${e.node} allocates in units of ${formatKib(e.granularityKib)}`,
  'storage-pool.failed': (e) => `pool ${e.pool} of ${e.node} cannot be used: ${e.problem.text}`,
  'storage-pool.recovered': (e) => `pool ${e.pool} of ${e.node} can be used again`,
  'device-pool.creation-started': (e) =>
    `${e.node} is to make ${e.backing} (${e.provider}) of ${e.devices.map((d) => d.path).join(', ')}`,
  'device-pool.created': (e) => `${e.node} has made ${e.backing}`,
  'device-pool.failed': (e) => `${e.node} could not make ${e.backing}: ${e.problem}`,
  'device-pool.deletion-started': (e) => `deletion of ${e.backing} on ${e.node} began`,
  'device-pool.deletion-failed': (e) => `${e.backing} on ${e.node} was not deleted: ${e.problem}`,
  'device-pool.deleted': (e) => `${e.backing} on ${e.node} was deleted, its disks are empty`,
  'resource-group.created': (e) => `resource group ${e.group} was added`,
  'resource-group.described': (e) => `resource group ${e.group} was described anew`,
  'resource-group.filter-changed': (e) => `placement of resource group ${e.group} was changed`,
  'resource-group.peer-slots-changed': (e) =>
    `peer slots of resource group ${e.group} became ${e.peerSlots}`,
  'resource-group.deleted': (e) => `resource group ${e.group} was deleted`,
  'volume-group.created': (e) => `volume group ${e.number} of ${e.group} was added`,
  'volume-group.deleted': (e) => `volume group ${e.number} of ${e.group} was deleted`,
  'resource-definition.created': (e) => `${e.definition} was defined in group ${e.group}`,
  'resource-definition.secret-set': (e) => `${e.definition} got its shared secret`,
  'resource-definition.group-changed': (e) => `${e.definition} moved to group ${e.group}`,
  'resource-definition.peer-slots-changed': (e) =>
    `peer slots of ${e.definition} became ${e.peerSlots}`,
  'resource-definition.put-into-trash': (e) =>
    `${e.definition} was put into the trash until ${new Date(e.until).toISOString()}`,
  'resource-definition.taken-from-trash': (e) => `${e.definition} was taken out of the trash`,
  'webhook.created': (e) => `webhook ${e.webhook} to ${e.url} was added`,
  'webhook.deleted': (e) => `webhook ${e.webhook} was deleted`,
  'resource-definition.deletion-started': (e) => `deletion of ${e.definition} began`,
  'resource-definition.deleted': (e) => `${e.definition} was deleted`,
  'volume-definition.created': (e) =>
    `volume ${e.number} of ${e.definition} was defined with ${formatKib(e.sizeKib)}`,
  'volume-definition.key-set': (e) => `volume ${e.number} of ${e.definition} got its LUKS key`,
  'volume-definition.key-change-started': (e) =>
    `volume ${e.number} of ${e.definition} gets another passphrase`,
  'volume-definition.key-changed': (e) =>
    `volume ${e.number} of ${e.definition} has its new passphrase on ${e.node}`,
  'volume-definition.begun-anew': (e) =>
    `volume ${e.number} of ${e.definition} begins anew: no replica of it was left`,
  'volume-definition.source-chosen': (e) =>
    `volume ${e.number} of ${e.definition} begins UpToDate on ${e.node}`,
  'volume-definition.format-chosen': (e) =>
    `volume ${e.number} of ${e.definition} is to get an ${e.fileSystem.type} file system from ${e.node}`,
  'volume-definition.formatted': (e) => `volume ${e.number} of ${e.definition} has its file system`,
  'volume-definition.initialized': (e) =>
    `volume ${e.number} of ${e.definition} was UpToDate for the first time`,
  'volume-definition.resize-started': (e) =>
    `resize of volume ${e.number} of ${e.definition} to ${formatKib(e.sizeKib)} began`,
  'volume-definition.storage-grown': (e) =>
    `storage of volume ${e.number} of ${e.definition} has grown, DRBD grows on ${e.resizer}`,
  'volume-definition.resized': (e) => `volume ${e.number} of ${e.definition} was resized`,
  'volume-definition.deletion-started': (e) =>
    `deletion of volume ${e.number} of ${e.definition} began`,
  'volume-definition.deleted': (e) => `volume ${e.number} of ${e.definition} was deleted`,
  'resource.created': (e) => `${e.definition} was placed on ${e.node} (${e.kind})`,
  'resource.kind-changed': (e) => `${e.definition} on ${e.node} became ${e.kind}`,
  'resource.disk-addition-started': (e) => `${e.definition} on ${e.node} is to get a disk`,
  'resource.disk-added': (e) => `${e.definition} on ${e.node} has all its data`,
  'resource.disk-removal-started': (e) => `${e.definition} on ${e.node} gives up its disk`,
  'resource.disk-removed': (e) => `the disk of ${e.definition} on ${e.node} is gone`,
  'resource.disk-kept': (e) => `${e.definition} on ${e.node} keeps its disk`,
  'resource.replacement-started': (e) =>
    e.by === undefined
      ? `${e.definition} on ${e.node} is to go`
      : `${e.definition} on ${e.node} is to go once ${e.by} has all its data`,
  'resource.replacement-dropped': (e) =>
    `${e.definition} on ${e.node} stays${e.problem === undefined ? '' : `: ${e.problem}`}`,
  'resource.deactivation-started': (e) =>
    `${e.definition} is to be closed on ${e.node}${e.heir === undefined ? '' : `, and then active on ${e.heir}`}`,
  'resource.deactivated': (e) =>
    e.fenced
      ? `${e.definition} counts as closed on ${e.node}: somebody has made sure that the node is off`
      : `${e.definition} is closed on ${e.node}`,
  'resource.activated': (e) => `${e.definition} is active on ${e.node}`,
  'space.turn-asked': (e) =>
    `${e.definition} on ${e.node} has to change the volume group of shared space ${e.space}`,
  'space.turn-recalled': (e) =>
    `${e.definition} on ${e.node} has failed, and is to let others change shared space ${e.space}`,
  'space.turn-passed': (e) =>
    `${e.definition} on ${e.node} lets others change shared space ${e.space} first`,
  'space.turn-ended': (e) =>
    `${e.definition} on ${e.node} is done with the volume group of shared space ${e.space}`,
  'node.evacuation-started': (e) => `node ${e.node} is to be emptied`,
  'resource.evacuation-blocked': (e) =>
    `${e.definition} stays on ${e.node} for the time being: ${e.problem}`,
  'node.restored': (e) => `node ${e.node} takes replicas again`,
  'debt.recorded': (e) => `${e.node} owes the removal of ${e.definition}`,
  'debt.paid': (e) => `${e.node} has removed what it had of ${e.definition}`,
  'debt.forgiven': (e) => `${e.node} need not remove what it has of ${e.definition}`,
  'resource.deletion-started': (e) => `deletion of ${e.definition} on ${e.node} began`,
  'resource.deleted': (e) => `${e.definition} on ${e.node} was deleted`,
  'resource.lost': (e) => `${e.definition} on ${e.node} was given up with its node`,
  'peer.forgotten': (e) => `${e.node} forgot node-id ${e.nodeId} of ${e.definition}`,
  'volume.created': (e) =>
    e.pool === undefined
      ? `volume ${e.number} of ${e.definition} got a diskless replica on ${e.node}`
      : `volume ${e.number} of ${e.definition} got a place in pool ${e.pool} of ${e.node}`,
  'volume.deleted': (e) => `volume ${e.number} of ${e.definition} is gone from ${e.node}`,
  'volume.disk-changed': (e) =>
    `volume ${e.number} of ${e.definition} on ${e.node} became ${e.disk}`,
  'volume.deployed': (e) =>
    `volume ${e.number} of ${e.definition} has ${formatKib(e.sizeKib)} of storage on ${e.node}`,
  'volume.put-in-use': (e) =>
    `volume ${e.number} of ${e.definition} on ${e.node} is in use for the first time`,
  'volume.restored': (e) =>
    `volume ${e.number} of ${e.definition} on ${e.node} has the content of its snapshot`,
  'snapshot.created': (e) =>
    `snapshot ${e.snapshot} of ${e.definition} began on ${e.nodes.map(({ node }) => node).join(', ')}`,
  'snapshot.node-reached': (e) =>
    `node ${e.node} reported snapshot ${e.snapshot} of ${e.definition} as ${e.state}`,
  'snapshot.taking': (e) => `snapshot ${e.snapshot} of ${e.definition} is taken now`,
  'snapshot.resuming': (e) =>
    `snapshot ${e.snapshot} of ${e.definition} is taken on all nodes; input and output go on`,
  'snapshot.completed': (e) => `snapshot ${e.snapshot} of ${e.definition} is ready`,
  'snapshot.cloned': (e) => `a copy was made from snapshot ${e.snapshot} of ${e.definition}`,
  'snapshot.failed': (e) => `snapshot ${e.snapshot} of ${e.definition} failed: ${e.problem}`,
  'snapshot.copy-started': (e) =>
    `snapshot ${e.snapshot} of ${e.definition} is to be copied from ${e.from} to ${e.node}, ${e.base === undefined ? 'whole' : `as what differs from ${e.base}`}`,
  'snapshot.copy-listening': (e) =>
    `node ${e.node} listens on port ${e.port} for snapshot ${e.snapshot} of ${e.definition}`,
  'snapshot.copied': (e) => `snapshot ${e.snapshot} of ${e.definition} is on ${e.node}, too`,
  'snapshot.copy-failed': (e) =>
    `the copy of snapshot ${e.snapshot} of ${e.definition} to ${e.node} failed: ${e.problem}`,
  'snapshot.part-deletion-started': (e) =>
    `snapshot ${e.snapshot} of ${e.definition} is to go from ${e.node}`,
  'snapshot.part-deleted': (e) =>
    `snapshot ${e.snapshot} of ${e.definition} is gone from ${e.node}`,
  'snapshot.copy-removed': (e) =>
    `nothing is left of the copy of snapshot ${e.snapshot} of ${e.definition} on ${e.node}`,
  'snapshot.copy-lost': (e) =>
    `the copy of snapshot ${e.snapshot} of ${e.definition} on ${e.node} is lost with its node`,
  'snapshot.deletion-started': (e) => `deletion of snapshot ${e.snapshot} of ${e.definition} began`,
  'snapshot.deleted': (e) => `snapshot ${e.snapshot} of ${e.definition} was deleted`,
  'rollback.started': (e) =>
    `${e.definition} goes back to snapshot ${e.snapshot}: it is taken down first`,
  'rollback.refused': (e) =>
    `the rollback of ${e.definition} to snapshot ${e.snapshot} did not begin: ${e.problem}`,
  'rollback.node-reached': (e) =>
    `node ${e.node} has done its part in the rollback of ${e.definition}`,
  'rollback.committed': (e) =>
    `${e.definition} is down everywhere; its volumes take the content of the snapshot`,
  'rollback.starting': (e) => `all replicas of ${e.definition} are rolled back, and come up again`,
  'rollback.finished': (e) => `the rollback of ${e.definition} is complete`,
  'member.added': (e) => `${e.member} may act as ${e.role}`,
  'member.revoked': (e) => `${e.member} may do nothing any more`,
  'auth-token.created': (e) => `token ${e.token} of the REST API was made: ${e.description}`,
  'auth-token.changed': (e) =>
    `token ${e.token} of the REST API is ${e.isActive ? 'taken' : 'not taken'}: ${e.description}`,
  'auth-token.revoked': (e) => `token ${e.token} of the REST API is taken no more`,
  'key-value-store.created': (e) => `key-value store ${e.store} was added`,
  'external-file.written': (e) => `file ${e.file} was written`,
  'external-file.deleted': (e) => `file ${e.file} was deleted`,
  'remote.created': (e) => `remote ${e.remote} was added (${e.kind})`,
  'remote.changed': (e) => `remote ${e.remote} was changed`,
  'remote.deleted': (e) => `remote ${e.remote} was deleted`,
  'schedule.created': (e) => `schedule ${e.schedule} was added: ${e.fullCron}`,
  'schedule.changed': (e) => `schedule ${e.schedule} was changed`,
  'schedule.deleted': (e) => `schedule ${e.schedule} was deleted`,
  'key-value-store.deleted': (e) => `key-value store ${e.store} was deleted`,
  'rollback.failed': (e) =>
    `the rollback of ${e.definition} was given up before anything had changed: ${e.problem}`,
}

/** What happened, lower case and without a full stop, so that several can be joined. */
export function eventSummary(event: VarveEvent): string {
  // The table pairs each type with its own event; TypeScript cannot follow the lookup.
  const sentence = sentences[event.type] as (event: VarveEvent) => string
  return sentence(event)
}

/** The first of an entry's events in words, and how many more there are. */
export function entrySummary(entry: Pick<Entry, 'events' | 'command'>, shown = 2): string {
  return joinedSummary(entry.command.type, entry.events, shown)
}

export function joinedSummary(
  command: string,
  events: readonly VarveEvent[],
  shown: number,
): string {
  if (events.length === 0) return `${command}: nothing had to change`
  const words = events.slice(0, shown).map(eventSummary).join('; ')
  const more = events.length - shown
  return more > 0 ? `${words}; and ${more} more event${more === 1 ? '' : 's'}` : words
}
