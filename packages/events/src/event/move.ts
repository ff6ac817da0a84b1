/** Replicas that get a disk, give theirs up, or make way for another one. */
import { z } from 'zod'
import { ResourceKind } from '../kinds.ts'

const definition = z.string()
const node = z.string()
const operation = z.string()

export const moveEvents = [
  /** It is diskful from now on, and its data is still to come. `was`: what an abort goes back to. */
  z.strictObject({
    type: z.literal('resource.disk-addition-started'),
    definition,
    node,
    operation,
    was: ResourceKind,
  }),
  /** All its volumes are complete and current. */
  z.strictObject({ type: z.literal('resource.disk-added'), definition, node }),
  /** It counts as diskless from now on; its storage is there until the node has removed it. */
  z.strictObject({
    type: z.literal('resource.disk-removal-started'),
    definition,
    node,
    operation,
    kind: ResourceKind,
  }),
  /** Fact: the node has removed its storage. */
  z.strictObject({ type: z.literal('resource.disk-removed'), definition, node }),
  /** The removal was aborted: it is diskful again, with the volumes that it had. */
  z.strictObject({ type: z.literal('resource.disk-kept'), definition, node }),
  /** It goes as soon as the replica on node `by` has all data; absent: as soon as nobody uses it. */
  z.strictObject({
    type: z.literal('resource.replacement-started'),
    definition,
    node,
    operation,
    by: node.optional(),
    /** Its snapshots stay on its node; absent: they go along first. */
    leaveSnapshots: z.literal(true).optional(),
  }),
  /** It stays after all. */
  z.strictObject({
    type: z.literal('resource.replacement-dropped'),
    definition,
    node,
    problem: z.string().optional(),
  }),
] as const
