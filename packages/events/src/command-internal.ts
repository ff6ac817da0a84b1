import { z } from 'zod'
import { Capabilities } from './capabilities.ts'
import { DiskState } from './kinds.ts'
import { NodeName, PoolName } from './names.ts'
import { ObservedDevicePool, ObservedRollback, ObservedSnapshot } from './observed.ts'
import { PolicyName } from './policy.ts'
import { PoolProblem } from './problem.ts'
import { Reference } from './reference.ts'

/**
 * Commands of the leader itself: what it saw (actor `observer`), what a policy wants, who leads.
 * They have no subject, so nobody else can send them.
 */
export const internalCommands = {
  'leader.elect': z.strictObject({ term: z.int(), controller: z.string() }),
  'cluster.found': z.strictObject({}),
  'fact.node-online': z.strictObject({
    node: NodeName,
    boot: z.string(),
    uname: z.string(),
    capabilities: Capabilities,
    /** X25519, base64: what secrets for the node are sealed to. */
    publicKey: z.string().optional(),
  }),
  'fact.node-offline': z.strictObject({ node: NodeName }),
  'fact.pool-measured': z.strictObject({
    node: NodeName,
    pool: PoolName,
    granularityKib: z.int().min(1).optional(),
    /** Absent: it is well. */
    problem: PoolProblem.optional(),
  }),
  'fact.device-pool-observed': z.strictObject({
    node: z.string(),
    ...ObservedDevicePool.shape,
  }),
  'fact.resource-observed': z.strictObject({
    definition: z.string(),
    node: z.string(),
    /** Log sequence of the desired document that the node has fully applied. */
    from: z.int(),
    absent: z.boolean(),
    volumes: z.array(
      z.strictObject({
        number: z.int(),
        disk: DiskState.optional(),
        /** Size of the backing device, KiB; absent while it does not exist. */
        backingKib: z.int().optional(),
        /** Size of the device that users see, KiB. */
        deviceKib: z.int().optional(),
        /** The file system that this node was to make is there. */
        formatted: z.boolean().optional(),
      }),
    ),
    snapshots: z.array(ObservedSnapshot).optional(),
    /** Somebody has it open on this node. */
    primary: z.boolean().optional(),
    rollback: ObservedRollback.optional(),
    /** The deactivation that is done: nothing of it is open on this node. */
    inactive: z.int().optional(),
    /** Of shared storage: nothing is being done by the document of that log sequence. */
    idleAt: z.int().optional(),
    /** Of shared storage: the last attempt has failed. */
    isFailed: z.literal(true).optional(),
  }),
  /** One replica of a node that is being emptied gets its plan. */
  'evacuation.plan': z.strictObject({ definition: z.string(), node: z.string() }),
  'encryption.unlock': z.strictObject({}),
  /** A phase of a snapshot has lasted longer than input and output may be held. */
  'snapshot.expire': z.strictObject({ definition: z.string(), snapshot: z.string() }),
  /** This safety snapshot of a rollback is whole. */
  'rollback.begin': z.strictObject({ definition: z.string(), snapshot: z.string() }),
  /** The resource is not down everywhere, and was to be long ago. */
  'rollback.expire': z.strictObject({ definition: z.string() }),
  /** A snapshot that was taken for a clone is whole. */
  'clone.place': z.strictObject({ definition: z.string(), snapshot: z.string() }),
  'proposal.make': z.strictObject({
    policy: PolicyName,
    about: Reference,
    commands: z.array(z.strictObject({ type: z.string(), args: z.unknown() })),
    wish: z.string(),
    held: z.string().optional(),
  }),
  'proposal.close': z.strictObject({ policy: PolicyName, about: Reference, outcome: z.string() }),
  'node.auto-evict': z.strictObject({ node: z.string() }),
  'snapshot.take-automatic': z.strictObject({ definition: z.string() }),
  /** Replicas that went with their node are made anew, or enough of them are there by now. */
  'replica.re-place': z.strictObject({ definition: z.string() }),
  'replica.make-diskful': z.strictObject({ definition: z.string(), node: z.string() }),
  /** `node`: the replica that is one too many since; absent: none is. */
  'replica.clean-up': z.strictObject({ definition: z.string(), node: z.string().optional() }),
  /** What the peers of a node's resources say of one that is offline. */
  'fact.node-sight': z.strictObject({ node: z.string(), isSeen: z.boolean() }),
  'tie-breaker.add': z.strictObject({ definition: z.string(), node: z.string() }),
  'tie-breaker.remove': z.strictObject({ definition: z.string(), node: z.string() }),
  'quorum.manage': z.strictObject({ definition: z.string(), quorum: z.enum(['majority', 'off']) }),
  /** Without a digest: there is none that all of its nodes have. */
  'verify-algorithm.manage': z.strictObject({
    definition: z.string(),
    digest: z.string().optional(),
  }),
} as const
