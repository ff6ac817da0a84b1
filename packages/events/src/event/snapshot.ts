/** Snapshots: events of one cut through all replicas of a definition. */
import { z } from 'zod'
import { CloneAs } from '../clone.ts'
import { Props } from '../kinds.ts'

const node = z.string()
const pool = z.string()
const definition = z.string()
const number = z.int()
const kib = z.int()
const operation = z.string()
const snapshot = z.string()

export const snapshotEvents = [
  /** Input and output are held on all its nodes first; without DRBD it is taken at once. */
  z.strictObject({
    type: z.literal('snapshot.created'),
    definition,
    snapshot,
    operation,
    /** Nodes that hold their input and output; those with a replica have their pools. */
    nodes: z.array(
      z.strictObject({
        node,
        nodeId: z.int().optional(),
        peerSlots: z.int().optional(),
        volumes: z.array(z.strictObject({ number, pool })),
      }),
    ),
    volumes: z.array(
      z.strictObject({
        number,
        sizeKib: kib,
        gross: z.boolean().optional(),
        /** What opens the LUKS header that is part of it, encrypted by the master key. */
        key: z.string().optional(),
        boundTo: z.string().optional(),
        isChosen: z.boolean().optional(),
        props: Props.optional(),
      }),
    ),
    /** Of the definition, as those of its volumes: what is made from it begins with them. */
    props: Props.optional(),
    suspends: z.boolean(),
    /** Taken for a clone of this name, and gone when that has no need of it. */
    cloneTo: definition.optional(),
    cloneAs: CloneAs.optional(),
    /** Taken by the policy, as the so-maniest: that alone may delete it again. */
    auto: z.int().optional(),
    /** The entry that took several definitions' snapshots at one moment: they go on together. */
    cut: z.string().optional(),
    /** Taken before a rollback to this snapshot, which begins once it is ready. */
    rollbackTo: snapshot.optional(),
  }),
  /** Fact: a node did what the snapshot's phase asks of it. */
  z.strictObject({
    type: z.literal('snapshot.node-reached'),
    definition,
    snapshot,
    node,
    state: z.enum(['suspended', 'taken', 'kept', 'removed']),
  }),
  z.strictObject({ type: z.literal('snapshot.taking'), definition, snapshot }),
  z.strictObject({ type: z.literal('snapshot.resuming'), definition, snapshot }),
  z.strictObject({ type: z.literal('snapshot.completed'), definition, snapshot }),
  /** The definition that it was taken for is made from it. */
  z.strictObject({ type: z.literal('snapshot.cloned'), definition, snapshot }),
  /** Input and output go on everywhere and what was made of it is removed; the name stays. */
  z.strictObject({
    type: z.literal('snapshot.failed'),
    definition,
    snapshot,
    problem: z.string(),
  }),
  /** A node is to receive a copy from another that has it; the bytes go from node to node. */
  z.strictObject({
    type: z.literal('snapshot.copy-started'),
    definition,
    snapshot,
    operation,
    node,
    from: node,
    /** Node whose volumes these bytes were: copies of one content are equal to the last byte. */
    content: node,
    /** Older snapshot that both have of the same content: only what differs from it is sent. */
    base: snapshot.optional(),
    /** Snapshot that named the object which holds it (ZFS), and that one's entry. */
    root: z.strictObject({ snapshot, entry: z.string() }),
    nodeId: z.int().optional(),
    peerSlots: z.int().optional(),
    volumes: z.array(z.strictObject({ number, pool })),
  }),
  /** Fact: the receiver listens. */
  z.strictObject({
    type: z.literal('snapshot.copy-listening'),
    definition,
    snapshot,
    node,
    port: z.int(),
  }),
  /** Fact: all of it has come, with the checksum that it was sent with. */
  z.strictObject({ type: z.literal('snapshot.copied'), definition, snapshot, node }),
  /** What had come of it is removed. */
  z.strictObject({
    type: z.literal('snapshot.copy-failed'),
    definition,
    snapshot,
    node,
    problem: z.string(),
  }),
  /** Nothing of the copy is left on the node. */
  z.strictObject({ type: z.literal('snapshot.copy-removed'), definition, snapshot, node }),
  /** Its node is lost, and with it whatever is there. */
  z.strictObject({ type: z.literal('snapshot.copy-lost'), definition, snapshot, node }),
  /** It goes from this node, and stays on others. */
  z.strictObject({
    type: z.literal('snapshot.part-deletion-started'),
    definition,
    snapshot,
    node,
    operation,
  }),
  /** Fact: nothing of it is left there. */
  z.strictObject({ type: z.literal('snapshot.part-deleted'), definition, snapshot, node }),
  z.strictObject({ type: z.literal('snapshot.deletion-started'), definition, snapshot, operation }),
  z.strictObject({ type: z.literal('snapshot.deleted'), definition, snapshot }),
] as const
