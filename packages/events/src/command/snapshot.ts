/** Commands about snapshots, their copies, and what is made of them. */
import { z } from 'zod'
import { CloneAs } from '../clone.ts'
import { DefinitionName, NodeName, PoolName, SnapshotName } from '../names.ts'
import { changes } from './fields.ts'

const restored = { definition: DefinitionName, snapshot: SnapshotName, to: DefinitionName }

const taken = {
  definition: DefinitionName,
  snapshot: SnapshotName,
  /** Nodes to take it on; default: all that have a replica. */
  nodes: z.array(NodeName).min(1).optional(),
}

export const snapshotCommands = {
  'snapshot.create': z.strictObject(taken),
  /** Of several definitions at one moment: all of them come about, or none. */
  'snapshot.create-multiple': z.strictObject({
    snapshots: z.array(z.strictObject(taken)).min(1),
  }),
  'snapshot.modify': z.strictObject({
    definition: DefinitionName,
    snapshot: SnapshotName,
    ...changes,
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
  'snapshot.delete': z.strictObject({
    definition: DefinitionName,
    snapshot: SnapshotName,
    /** From these nodes alone; others have to have it. */
    nodes: z.array(NodeName).min(1).optional(),
  }),
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
    ...CloneAs.shape,
  }),
  /** A new definition with the snapshot's content, on the nodes that have it. */
  'snapshot.restore': z.strictObject({
    definition: DefinitionName,
    snapshot: SnapshotName,
    to: DefinitionName,
    nodes: z.array(NodeName).min(1).optional(),
  }),
  /** The first half of it: volumes of the snapshot's sizes for a definition that has none. */
  'snapshot.restore-volume-definitions': z.strictObject(restored),
  /** The second half: their content, on the nodes that have it. */
  'snapshot.restore-resources': z.strictObject({
    ...restored,
    nodes: z.array(NodeName).min(1).optional(),
  }),
}
