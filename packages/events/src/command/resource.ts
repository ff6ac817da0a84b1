/** Commands about resources on nodes and their volumes. */
import { z } from 'zod'
import { SelectFilter } from '../filter.ts'
import { Props } from '../kinds.ts'
import { DefinitionName, NodeName, PoolName, VolumeNumber } from '../names.ts'
import { changes, NodeId, Port } from './fields.ts'

export const resourceCommands = {
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
    /** Recorded waiver: its node, which is away, removes it when it returns. */
    waiveCleanup: z.boolean().optional(),
  }),
  /** From diskless to diskful or back; what is under way is turned back the same way. */
  'resource.toggle-disk': z.strictObject({
    definition: DefinitionName,
    node: NodeName,
    /** What it is to be; default: what it is not. */
    to: z.enum(['diskful', 'diskless', 'client']).optional(),
    pool: PoolName.optional(),
    /** Node whose replica is deleted as soon as this one has all its data. */
    migrateFrom: NodeName.optional(),
    /** What it has of snapshots stays there; default: they go along to the new replica. */
    leaveSnapshots: z.boolean().optional(),
    /** Turns back what is under way. */
    cancel: z.boolean().optional(),
  }),
  /** Whatever it takes that it can be opened on this node. */
  'resource.make-available': z.strictObject({
    definition: DefinitionName,
    node: NodeName,
    /** With a disk of its own; default: without one, unless it has one. */
    diskful: z.boolean().optional(),
  }),
  /** In use on this node: of those that share storage only one is. */
  'resource.activate': z.strictObject({ definition: DefinitionName, node: NodeName }),
  /** Closed on this node, with all that is above its storage. */
  'resource.deactivate': z.strictObject({
    definition: DefinitionName,
    node: NodeName,
    /** Recorded waiver: the node, which is away, is off; nobody waits for its word. */
    fenced: z.boolean().optional(),
  }),
  'volume.modify': z.strictObject({
    definition: DefinitionName,
    node: NodeName,
    number: VolumeNumber,
    ...changes,
  }),
}
