/** What happens to resources on nodes and their volumes. */
import { z } from 'zod'
import { Companion } from '../companion.ts'
import { DiskfulBy, DiskState, ResourceKind } from '../kinds.ts'

const node = z.string()
const definition = z.string()
const number = z.int()
const pool = z.string()
const kib = z.int()
const operation = z.string()

export const resourceEvents = [
  z.strictObject({
    type: z.literal('resource.created'),
    definition,
    node,
    kind: ResourceKind,
    diskfulBy: DiskfulBy.optional(),
    nodeId: z.int().optional(),
    ports: z.array(z.int()).optional(),
    peerSlots: z.int().optional(),
    /** The shared space that all its volumes are in. */
    space: z.string().optional(),
    /** A replica on another node is in use: this one is not, until it takes over. */
    inactive: z.literal(true).optional(),
  }),
  /** A tie-breaker taken over as an ordinary diskless resource, or the reverse. */
  z.strictObject({
    type: z.literal('resource.kind-changed'),
    definition,
    node,
    kind: ResourceKind,
    diskfulBy: DiskfulBy.optional(),
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
    /** Mark of storage that is there already, made by a replica on another node. */
    owner: z.string().optional(),
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
