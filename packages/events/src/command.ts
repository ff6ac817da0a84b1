/**
 * Every command there is: `<noun>.<verb>` → the schema of its arguments. The wire, the CLI, the
 * documentation and the decisions all read this one table.
 */
import { z } from 'zod'
import { internalCommands } from './command-internal.ts'
import { SelectFilter } from './filter.ts'
import { Layer, NodeKind, Props, Provider } from './kinds.ts'
import { limits } from './limits.ts'
import {
  DefinitionName,
  GroupName,
  NetInterfaceName,
  NodeName,
  PathName,
  PoolName,
  SharedSpaceName,
  SnapshotName,
  VolumeNumber,
} from './names.ts'
import { DevicePoolProvider } from './physical.ts'
import { Secret } from './secret.ts'

/** Changes of a property container, applied in this order (LINSTOR's three fields). */
const changes = {
  setProps: Props.optional(),
  deleteProps: z.array(z.string()).optional(),
  deleteNamespaces: z.array(z.string()).optional(),
}

const Address = z.union([z.ipv4(), z.ipv6()], { error: 'an address is an IPv4 or IPv6 address' })
const Port = z.int().min(limits.port.min).max(limits.port.max)
const NodeId = z.int().min(limits.nodeId.min).max(limits.nodeId.max)
const PeerSlots = z.int().min(limits.peerSlots.min).max(limits.peerSlots.max)
/** Judged by a rule, not by the schema, so that the refusal can name the limits. */
const SizeKib = z.int()

const nodeCommands = {
  'node.create': z.strictObject({
    node: NodeName,
    kind: NodeKind.default('Satellite'),
    address: Address,
    port: Port.optional(),
    netInterface: NetInterfaceName.optional(),
    props: Props.optional(),
  }),
  'node.modify': z.strictObject({ node: NodeName, kind: NodeKind.optional(), ...changes }),
  'node.delete': z.strictObject({ node: NodeName }),
  'node.lost': z.strictObject({ node: NodeName }),
  'net-interface.create': z.strictObject({
    node: NodeName,
    name: NetInterfaceName,
    address: Address,
    port: Port.optional(),
  }),
  'net-interface.modify': z.strictObject({
    node: NodeName,
    name: NetInterfaceName,
    address: Address.optional(),
    port: Port.optional(),
  }),
  'net-interface.delete': z.strictObject({ node: NodeName, name: NetInterfaceName }),
}

const snapshotCommands = {
  'snapshot.create': z.strictObject({
    definition: DefinitionName,
    snapshot: SnapshotName,
    /** Nodes to take it on; default: all that have a replica. */
    nodes: z.array(NodeName).min(1).optional(),
  }),
  /** To a node that has no replica of it, or had none then. */
  'snapshot.copy': z.strictObject({
    definition: DefinitionName,
    snapshot: SnapshotName,
    to: NodeName,
    pool: PoolName.optional(),
    /** Node that sends it; default: one that can send the least. */
    from: NodeName.optional(),
    /** Older snapshot that both have; default: the newest, where there is one. */
    base: SnapshotName.optional(),
    /** Everything, whatever the node has already. */
    full: z.boolean().optional(),
  }),
  'snapshot.abort-copy': z.strictObject({
    definition: DefinitionName,
    snapshot: SnapshotName,
    to: NodeName,
  }),
  'snapshot.delete': z.strictObject({ definition: DefinitionName, snapshot: SnapshotName }),
  /** The volumes themselves take its content; what was written since is gone. */
  'snapshot.rollback': z.strictObject({
    definition: DefinitionName,
    snapshot: SnapshotName,
    /** Taken first, of what would be lost, under this name; not on ZFS. */
    safetySnapshot: SnapshotName.optional(),
  }),
  /** A snapshot that is restored as soon as it is there, and goes when it is not needed. */
  'resource-definition.clone': z.strictObject({
    definition: DefinitionName,
    to: DefinitionName,
    nodes: z.array(NodeName).min(1).optional(),
  }),
  /** A new definition with the snapshot's content, on the nodes that have it. */
  'snapshot.restore': z.strictObject({
    definition: DefinitionName,
    snapshot: SnapshotName,
    to: DefinitionName,
    nodes: z.array(NodeName).min(1).optional(),
  }),
}

/** Two different nodes, in either order. */
const pair = { nodeA: NodeName, nodeB: NodeName }
const path = { path: PathName, interfaceA: NetInterfaceName, interfaceB: NetInterfaceName }

const connectionCommands = {
  'node-connection.modify': z.strictObject({ ...pair, ...changes }),
  'node-connection.create-path': z.strictObject({ ...pair, ...path }),
  'node-connection.delete-path': z.strictObject({ ...pair, path: PathName }),
  'resource-connection.modify': z.strictObject({
    definition: DefinitionName,
    ...pair,
    ...changes,
  }),
  'resource-connection.create-path': z.strictObject({
    definition: DefinitionName,
    ...pair,
    ...path,
  }),
  'resource-connection.delete-path': z.strictObject({
    definition: DefinitionName,
    ...pair,
    path: PathName,
  }),
}

const poolCommands = {
  'storage-pool-definition.create': z.strictObject({ pool: PoolName, props: Props.optional() }),
  'storage-pool-definition.modify': z.strictObject({ pool: PoolName, ...changes }),
  'storage-pool-definition.delete': z.strictObject({ pool: PoolName }),
  'storage-pool.create': z.strictObject({
    node: NodeName,
    pool: PoolName,
    provider: Provider,
    backing: z.string().max(255).default(''),
    sharedSpace: SharedSpaceName.optional(),
    externalLocking: z.boolean().optional(),
    props: Props.optional(),
  }),
  'storage-pool.modify': z.strictObject({ node: NodeName, pool: PoolName, ...changes }),
  'storage-pool.delete': z.strictObject({ node: NodeName, pool: PoolName }),
}

/** Characters that LVM and ZFS both take; a rule judges it by its provider. */
const PoolNameOnDisk = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_+./:-]{0,126}$/, {
  error: 'a device pool name has letters, digits and _+.-/: and begins with none of the signs',
})

const physicalCommands = {
  'physical-storage.create-device-pool': z.strictObject({
    provider: DevicePoolProvider,
    node: NodeName,
    /** Path, name under /dev, serial number or WWN. */
    devices: z.array(z.string().min(1).max(255)).min(1).max(64),
    /** Volume group, thin pool or zpool; `linstor_<first device>` unless given. */
    poolName: PoolNameOnDisk.optional(),
    /** Added as soon as the device pool is there. */
    pool: PoolName.optional(),
  }),
  'physical-storage.delete-device-pool': z.strictObject({
    node: NodeName,
    poolName: PoolNameOnDisk,
  }),
}

const groupCommands = {
  'resource-group.create': z.strictObject({
    group: GroupName,
    description: z.string().optional(),
    filter: SelectFilter.default({}),
    peerSlots: PeerSlots.optional(),
    props: Props.optional(),
  }),
  'resource-group.modify': z.strictObject({
    group: GroupName,
    description: z.string().optional(),
    /** Fields present replace the group's; `null` unsets one. */
    filter: z.record(z.string(), z.unknown()).optional(),
    peerSlots: PeerSlots.optional(),
    ...changes,
  }),
  'resource-group.delete': z.strictObject({ group: GroupName }),
  'resource-group.spawn': z.strictObject({
    group: GroupName,
    definition: DefinitionName,
    externalName: z.string().max(256).optional(),
    sizesKib: z.array(SizeKib),
    filter: SelectFilter.optional(),
    partial: z.boolean().optional(),
    definitionsOnly: z.boolean().optional(),
    peerSlots: PeerSlots.optional(),
    /** One for each volume of an encrypted stack, instead of random keys. */
    volumePassphrases: z.array(Secret).optional(),
    props: Props.optional(),
  }),
  'volume-group.create': z.strictObject({
    group: GroupName,
    number: VolumeNumber.optional(),
    gross: z.boolean().optional(),
    props: Props.optional(),
  }),
  'volume-group.modify': z.strictObject({ group: GroupName, number: VolumeNumber, ...changes }),
  'volume-group.delete': z.strictObject({ group: GroupName, number: VolumeNumber }),
}

const definitionCommands = {
  'resource-definition.create': z.strictObject({
    definition: DefinitionName,
    externalName: z.string().max(256).optional(),
    group: GroupName.optional(),
    layers: z.array(Layer).optional(),
    peerSlots: PeerSlots.optional(),
    port: Port.optional(),
    props: Props.optional(),
  }),
  'resource-definition.modify': z.strictObject({
    definition: DefinitionName,
    group: GroupName.optional(),
    peerSlots: PeerSlots.optional(),
    ...changes,
  }),
  'resource-definition.delete': z.strictObject({ definition: DefinitionName }),
  'volume-definition.create': z.strictObject({
    definition: DefinitionName,
    number: VolumeNumber.optional(),
    sizeKib: SizeKib,
    minor: z.int().min(limits.minor.min).max(limits.minor.max).optional(),
    gross: z.boolean().optional(),
    /** Opens the volume's LUKS header; a random key unless given. */
    passphrase: Secret.optional(),
    props: Props.optional(),
  }),
  'volume-definition.modify': z.strictObject({
    definition: DefinitionName,
    number: VolumeNumber,
    ...changes,
  }),
  'volume-definition.resize': z.strictObject({
    definition: DefinitionName,
    number: VolumeNumber,
    sizeKib: SizeKib,
  }),
  /** Re-keys the volume's LUKS headers, on each node by itself. */
  'volume-definition.modify-passphrase': z.strictObject({
    definition: DefinitionName,
    number: VolumeNumber,
    passphrase: Secret,
  }),
  'volume-definition.delete': z.strictObject({ definition: DefinitionName, number: VolumeNumber }),
}

const resourceCommands = {
  'resource.create': z.strictObject({
    definition: DefinitionName,
    node: NodeName,
    /** Diskful unless one of these is asked for. */
    kind: z.enum(['diskful', 'diskless', 'client']).default('diskful'),
    pool: PoolName.optional(),
    nodeId: NodeId.optional(),
    ports: z.array(Port).min(1).optional(),
    portCount: z.int().min(1).max(16).optional(),
    props: Props.optional(),
  }),
  'resource.auto-place': z.strictObject({
    definition: DefinitionName,
    filter: SelectFilter.default({}),
  }),
  'resource.modify': z.strictObject({ definition: DefinitionName, node: NodeName, ...changes }),
  'resource.delete': z.strictObject({
    definition: DefinitionName,
    node: NodeName,
    /** Recorded waiver: delete even the last good copy. */
    acceptDataLoss: z.boolean().optional(),
  }),
  'volume.modify': z.strictObject({
    definition: DefinitionName,
    node: NodeName,
    number: VolumeNumber,
    ...changes,
  }),
  'controller.modify': z.strictObject({ ...changes }),
}

const encryptionCommands = {
  'encryption.create-passphrase': z.strictObject({ passphrase: Secret }),
  'encryption.modify-passphrase': z.strictObject({ oldPassphrase: Secret, newPassphrase: Secret }),
  'encryption.enter-passphrase': z.strictObject({ passphrase: Secret }),
}

/** Commands that users and policies may send; each is a subject `…cmd.<actor>.<noun>.<verb>`. */
export const commands = {
  ...nodeCommands,
  ...poolCommands,
  ...physicalCommands,
  ...groupCommands,
  ...definitionCommands,
  ...resourceCommands,
  ...encryptionCommands,
  ...connectionCommands,
  ...snapshotCommands,
} as const

export const allCommands = { ...commands, ...internalCommands } as const
export type CommandType = keyof typeof allCommands
export type PublicCommandType = keyof typeof commands
export type Args<T extends CommandType> = z.infer<(typeof allCommands)[T]>
export type CommandOf<T extends CommandType> = { readonly type: T; readonly args: Args<T> }
export type Command = { [T in CommandType]: CommandOf<T> }[CommandType]

export function isPublicCommand(type: string): type is PublicCommandType {
  return Object.hasOwn(commands, type)
}
