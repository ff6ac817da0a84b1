/**
 * Every event there is: what happened, past tense, the smallest fact, complete for `evolve`.
 * A form is never changed once released; a new form is a new event type or an upcast.
 */
import { z } from 'zod'
import { Capabilities } from './capabilities.ts'
import { Companion } from './companion.ts'
import { devicePoolEvents } from './event-device-pool.ts'
import { rollbackEvents } from './event-rollback.ts'
import { snapshotEvents } from './event-snapshot.ts'
import { FileSystem } from './file-system.ts'
import { SelectFilter } from './filter.ts'
import { DiskfulBy, DiskState, Layer, NodeKind, Provider, ResourceKind } from './kinds.ts'
import { PoolProblem } from './problem.ts'
import { Reference } from './reference.ts'

const node = z.string()
const pool = z.string()
const group = z.string()
const definition = z.string()
const number = z.int()
const kib = z.int()
const operation = z.string()

const cluster = [
  z.strictObject({ type: z.literal('leader.elected'), term: z.int(), controller: z.string() }),
  z.strictObject({
    type: z.literal('property.set'),
    of: Reference,
    key: z.string(),
    value: z.string(),
  }),
  z.strictObject({ type: z.literal('property.deleted'), of: Reference, key: z.string() }),
  z.strictObject({
    type: z.literal('operation.started'),
    operation,
    kind: z.enum([
      'delete-node',
      'delete-resource',
      'delete-resource-definition',
      'delete-volume-definition',
      'resize-volume-definition',
      'change-passphrase',
      'create-snapshot',
      'delete-snapshot',
      'rollback-snapshot',
      'copy-snapshot',
      'create-device-pool',
      'delete-device-pool',
    ]),
    target: Reference,
  }),
  z.strictObject({ type: z.literal('operation.finished'), operation }),
] as const

const encryption = [
  /** The master key, encrypted by the passphrase: the first one, or the same key under a new one. */
  z.strictObject({ type: z.literal('encryption.passphrase-set'), master: z.string() }),
  /** Somebody entered the passphrase, so the leader can open volume keys until it ends. */
  z.strictObject({ type: z.literal('encryption.unlocked') }),
] as const

const nodes = [
  z.strictObject({ type: z.literal('node.created'), node, kind: NodeKind }),
  z.strictObject({ type: z.literal('node.kind-changed'), node, kind: NodeKind }),
  z.strictObject({ type: z.literal('node.deletion-started'), node, operation }),
  z.strictObject({ type: z.literal('node.deleted'), node }),
  z.strictObject({ type: z.literal('node.lost'), node }),
  z.strictObject({ type: z.literal('node.connected'), node, boot: z.string() }),
  z.strictObject({
    type: z.literal('node.described'),
    node,
    uname: z.string(),
    capabilities: Capabilities,
  }),
  /** Secrets for the node are sealed to this key (X25519, base64) from now on. */
  z.strictObject({ type: z.literal('node.key-changed'), node, publicKey: z.string() }),
  z.strictObject({ type: z.literal('node.disconnected'), node }),
  z.strictObject({
    type: z.literal('net-interface.created'),
    node,
    name: z.string(),
    address: z.string(),
    port: z.int().optional(),
  }),
  z.strictObject({
    type: z.literal('net-interface.changed'),
    node,
    name: z.string(),
    address: z.string(),
    port: z.int().optional(),
  }),
  z.strictObject({ type: z.literal('net-interface.deleted'), node, name: z.string() }),
] as const

const pools = [
  z.strictObject({ type: z.literal('storage-pool-definition.created'), pool }),
  z.strictObject({ type: z.literal('storage-pool-definition.deleted'), pool }),
  z.strictObject({
    type: z.literal('storage-pool.created'),
    node,
    pool,
    provider: Provider,
    /** Volume group, `vg/thinpool`, dataset or directory; empty for DISKLESS. */
    backing: z.string(),
    sharedSpace: z.string().optional(),
    externalLocking: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('storage-pool.deleted'), node, pool }),
  /** The unit in which the pool allocates, as its satellite measured it. */
  z.strictObject({ type: z.literal('storage-pool.measured'), node, pool, granularityKib: kib }),
  /** Fact: nothing can be placed in it for the time being, and what is in it may fail. */
  z.strictObject({ type: z.literal('storage-pool.failed'), node, pool, problem: PoolProblem }),
  z.strictObject({ type: z.literal('storage-pool.recovered'), node, pool }),
] as const

const groups = [
  z.strictObject({
    type: z.literal('resource-group.created'),
    group,
    description: z.string().optional(),
    filter: SelectFilter,
    peerSlots: z.int().optional(),
  }),
  z.strictObject({ type: z.literal('resource-group.described'), group, description: z.string() }),
  z.strictObject({ type: z.literal('resource-group.filter-changed'), group, filter: SelectFilter }),
  z.strictObject({
    type: z.literal('resource-group.peer-slots-changed'),
    group,
    peerSlots: z.int(),
  }),
  z.strictObject({ type: z.literal('resource-group.deleted'), group }),
  z.strictObject({
    type: z.literal('volume-group.created'),
    group,
    number,
    gross: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('volume-group.deleted'), group, number }),
] as const

const definitions = [
  z.strictObject({
    type: z.literal('resource-definition.created'),
    definition,
    externalName: z.string().optional(),
    group,
    layers: z.array(Layer),
    peerSlots: z.int(),
    preferredPort: z.int().optional(),
  }),
  /** What DRBD's peers prove to each other that they know, encrypted by the master key. */
  z.strictObject({
    type: z.literal('resource-definition.secret-set'),
    definition,
    secret: z.string(),
    /** Tells one secret from another without telling the secret: half its SHA-256, hex. */
    fingerprint: z.string(),
  }),
  z.strictObject({ type: z.literal('resource-definition.group-changed'), definition, group }),
  z.strictObject({
    type: z.literal('resource-definition.peer-slots-changed'),
    definition,
    peerSlots: z.int(),
  }),
  z.strictObject({
    type: z.literal('resource-definition.deletion-started'),
    definition,
    operation,
  }),
  z.strictObject({ type: z.literal('resource-definition.deleted'), definition }),
  z.strictObject({
    type: z.literal('volume-definition.created'),
    definition,
    number,
    sizeKib: kib,
    /** True: the size is that of the backing storage, metadata included. */
    gross: z.boolean().optional(),
    minor: z.int().optional(),
    /** DRBD's day-0 generation id, 16 hex digits, lowest bit clear (reference 3.4). */
    day0: z.string().optional(),
  }),
  /** What opens the volume's LUKS header, encrypted by the master key. */
  z.strictObject({
    type: z.literal('volume-definition.key-set'),
    definition,
    number,
    key: z.string(),
    /** The definition that it was encrypted for; absent: this one. */
    boundTo: z.string().optional(),
    /** True: a passphrase that a user chose; absent: random. */
    isChosen: z.boolean().optional(),
  }),
  /** Another key for a volume that has one: these nodes are to change their headers. */
  z.strictObject({
    type: z.literal('volume-definition.key-change-started'),
    definition,
    number,
    key: z.string(),
    isChosen: z.boolean().optional(),
    waiting: z.array(node),
    operation,
  }),
  /** The header on the node opens with the new key only, or is gone. */
  z.strictObject({
    type: z.literal('volume-definition.key-changed'),
    definition,
    number,
    node,
  }),
  /** The node whose replica is born UpToDate, and the generation it writes. */
  z.strictObject({
    type: z.literal('volume-definition.source-chosen'),
    definition,
    number,
    node,
    generation: z.string(),
  }),
  z.strictObject({ type: z.literal('volume-definition.initialized'), definition, number }),
  /** The node that makes the file system of the new volume, as the properties were then. */
  z.strictObject({
    type: z.literal('volume-definition.format-chosen'),
    definition,
    number,
    node,
    fileSystem: FileSystem,
  }),
  /** Fact: it is there, or something else was; nobody ever makes one again. */
  z.strictObject({ type: z.literal('volume-definition.formatted'), definition, number }),
  z.strictObject({
    type: z.literal('volume-definition.resize-started'),
    definition,
    number,
    sizeKib: kib,
    operation,
  }),
  /** All backing devices have the new size; DRBD itself is to grow on this node. */
  z.strictObject({
    type: z.literal('volume-definition.storage-grown'),
    definition,
    number,
    resizer: node,
  }),
  z.strictObject({ type: z.literal('volume-definition.resized'), definition, number }),
  z.strictObject({
    type: z.literal('volume-definition.deletion-started'),
    definition,
    number,
    operation,
  }),
  z.strictObject({ type: z.literal('volume-definition.deleted'), definition, number }),
] as const

const resources = [
  z.strictObject({
    type: z.literal('resource.created'),
    definition,
    node,
    kind: ResourceKind,
    diskfulBy: DiskfulBy.optional(),
    nodeId: z.int().optional(),
    ports: z.array(z.int()).optional(),
    peerSlots: z.int().optional(),
  }),
  /** A tie-breaker taken over as an ordinary diskless resource, or the reverse. */
  z.strictObject({
    type: z.literal('resource.kind-changed'),
    definition,
    node,
    kind: ResourceKind,
  }),
  z.strictObject({ type: z.literal('resource.deletion-started'), definition, node, operation }),
  /** The node has confirmed that nothing of the resource is left on it. */
  z.strictObject({ type: z.literal('resource.deleted'), definition, node }),
  /** Forgotten without the node's confirmation, because the node itself was declared lost. */
  z.strictObject({ type: z.literal('resource.lost'), definition, node }),
  /** A remaining peer no longer holds the bitmap slot of a removed node-id. */
  z.strictObject({ type: z.literal('peer.forgotten'), definition, node, nodeId: z.int() }),
  z.strictObject({
    type: z.literal('volume.created'),
    definition,
    node,
    number,
    pool: pool.optional(),
    /** It begins with the content of this snapshot. */
    from: z.strictObject({ definition, snapshot: z.string() }).optional(),
    /** What it has beside its data, chosen once: later changes of properties do not move it. */
    companions: z.array(Companion).optional(),
  }),
  z.strictObject({ type: z.literal('volume.deleted'), definition, node, number }),
  /** Fact: the state of the volume's disk as its own node reports it. */
  z.strictObject({
    type: z.literal('volume.disk-changed'),
    definition,
    node,
    number,
    disk: DiskState,
  }),
  /** Fact: the backing device exists with at least this usable size. */
  z.strictObject({ type: z.literal('volume.deployed'), definition, node, number, sizeKib: kib }),
  /**
   * Fact: it is in use on its node, for the first time. Should its storage be lost, what takes its
   * place is empty, and must not pass for equal to the replicas that still have their data.
   */
  z.strictObject({ type: z.literal('volume.put-in-use'), definition, node, number }),
  /** Fact: its content has come from the snapshot, and it is in use as any other. */
  z.strictObject({ type: z.literal('volume.restored'), definition, node, number }),
] as const

export const VarveEvent = z.discriminatedUnion('type', [
  ...cluster,
  ...encryption,
  ...nodes,
  ...pools,
  ...devicePoolEvents,
  ...groups,
  ...definitions,
  ...resources,
  ...snapshotEvents,
  ...rollbackEvents,
])
export type VarveEvent = z.infer<typeof VarveEvent>
export type EventType = VarveEvent['type']
export type EventOf<T extends EventType> = Extract<VarveEvent, { type: T }>
