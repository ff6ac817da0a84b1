/** What satellites report. Short-lived, never folded; facts are made from it by the leader. */
import { z } from 'zod'
import { Capabilities } from './capabilities.ts'
import { DiskState, Provider } from './kinds.ts'
import { PoolProblem, StepProblem } from './problem.ts'

const source = {
  v: z.literal(1),
  node: z.string(),
  /** Changes with every boot of the satellite. */
  boot: z.string(),
  /** Satellite's clock, ms since epoch. */
  at: z.int(),
}

/** One failed attempt, with all that a person needs to repeat it. */
export const StepFailure = z.object({
  step: z.string(),
  argv: z.array(z.string()),
  /** Absent: timed out (the effect is unknown) or could not be started. */
  exitCode: z.int().optional(),
  timedOut: z.boolean().optional(),
  stderr: z.string(),
  /** Absent: nobody knows but the tool, in its own words. */
  problem: StepProblem.optional(),
  at: z.int(),
})
export type StepFailure = z.infer<typeof StepFailure>

export const CacheUse = z.object({
  usedPercent: z.int().optional(),
  /** What is on the cache alone; a writecache does not tell it. */
  dirtyPercent: z.int().optional(),
  /** What the kernel has noted of it, as the end of a sentence. */
  problem: z.string().optional(),
})
export type CacheUse = z.infer<typeof CacheUse>

/** What the kernel says of a block device: bytes, 0 where it has nothing to say. */
export const BlockGeometry = z.object({
  logicalBlockBytes: z.int(),
  physicalBlockBytes: z.int(),
  minimumIoBytes: z.int(),
  optimalIoBytes: z.int(),
  /** 0: it cannot be told that blocks are not used any more. */
  discardGranularityBytes: z.int(),
})
export type BlockGeometry = z.infer<typeof BlockGeometry>

export const ObservedVolume = z.object({
  number: z.int(),
  /** What users open: `/dev/drbd1000`, `/dev/vg/web_00000`. */
  device: z.string().optional(),
  backing: z.string().optional(),
  backingKib: z.int().optional(),
  /** Space really taken in the pool (thin: written). */
  allocatedKib: z.int().optional(),
  deviceKib: z.int().optional(),
  disk: DiskState.optional(),
  /** True: DRBD has dropped the disk because it answered with errors. */
  diskFailed: z.boolean().optional(),
  cache: CacheUse.optional(),
  /** True: the file system that this node was to make is there, or something else already was. */
  formatted: z.boolean().optional(),
  /** Of what DRBD works on; without DRBD of what users open. */
  geometry: BlockGeometry.optional(),
  /** Other names of what users open, as udev made them, sorted. */
  symlinks: z.array(z.string()).optional(),
  /** Percent done while this volume is the target of a resync. */
  done: z.number().optional(),
})
export type ObservedVolume = z.infer<typeof ObservedVolume>

export const ObservedConnection = z.object({
  peer: z.string(),
  state: z.string(),
  peerRole: z.string().optional(),
  volumes: z.array(
    z.object({
      number: z.int(),
      replication: z.string(),
      peerDisk: z.string(),
      done: z.number().optional(),
      outOfSyncKib: z.int().optional(),
    }),
  ),
})
export type ObservedConnection = z.infer<typeof ObservedConnection>

export const ObservedSnapshot = z.object({
  snapshot: z.string(),
  /** As in the document. */
  owner: z.string(),
  /** How far the step of the document is true; `failed` says why in `problem`. */
  state: z.enum(['suspended', 'taken', 'kept', 'removed', 'failed', 'receiving']),
  problem: z.string().optional(),
  /** Of the copy that this node receives, and where it listens for it. */
  operation: z.string().optional(),
  port: z.int().optional(),
  /** Of a device or stream, as far as it has come; what stayed the same counts as well. */
  doneKib: z.int().optional(),
  /** Copies that this node sends. */
  sends: z
    .array(
      z.object({
        operation: z.string(),
        to: z.string(),
        doneKib: z.int(),
        totalKib: z.int(),
        /** Why the last attempt ended; there will be another. */
        problem: z.string().optional(),
      }),
    )
    .optional(),
})
export type ObservedSnapshot = z.infer<typeof ObservedSnapshot>

/** Why this node cannot be rolled back; said before anything has been changed. */
export const ObservedRollback = z.object({ operation: z.string(), problem: z.string() })
export type ObservedRollback = z.infer<typeof ObservedRollback>

export const ObservedResource = z.object({
  ...source,
  resource: z.string(),
  /** Position of the newest document that is completely true on this node; 0: none yet. */
  applied: z.object({ term: z.int(), from: z.int() }),
  /** `absent`: nothing of it is left. `failed`: see `failure`; the next attempt is at `retryAt`. */
  status: z.enum(['applied', 'applying', 'failed', 'absent']),
  role: z.enum(['Primary', 'Secondary', 'Unknown']).optional(),
  suspended: z.string().optional(),
  quorum: z.boolean().optional(),
  volumes: z.array(ObservedVolume),
  connections: z.array(ObservedConnection),
  /** Of those in the document; one that is still being worked on is left out. */
  snapshots: z.array(ObservedSnapshot).optional(),
  rollback: ObservedRollback.optional(),
  /** As in the document: nothing of it is open here. */
  inactive: z.int().optional(),
  /** Of shared storage: position of the document by which nothing is being done at the moment. */
  idleAt: z.int().optional(),
  failure: StepFailure.optional(),
  attempts: z.int().optional(),
  retryAt: z.int().optional(),
})
export type ObservedResource = z.infer<typeof ObservedResource>

export const ObservedPool = z.object({
  pool: z.string(),
  provider: Provider,
  totalKib: z.int().optional(),
  freeKib: z.int().optional(),
  granularityKib: z.int().optional(),
  /** Thin pools: how full data and metadata are, percent. */
  dataPercent: z.number().optional(),
  metadataPercent: z.number().optional(),
  /** Sizes are absent where it cannot be measured. */
  problem: PoolProblem.optional(),
})
export type ObservedPool = z.infer<typeof ObservedPool>

export const ObservedNode = z.object({
  ...source,
  uname: z.string(),
  version: z.string(),
  capabilities: Capabilities,
  /** X25519, base64: secrets for this node are sealed to it. */
  publicKey: z.string().optional(),
})
export type ObservedNode = z.infer<typeof ObservedNode>

export const ObservedPools = z.object({ ...source, pools: z.array(ObservedPool) })
export type ObservedPools = z.infer<typeof ObservedPools>

/** A disk of the machine, in use or not; loop devices and what Varve itself makes are not told. */
export const ObservedDevice = z.object({
  path: z.string(),
  sizeKib: z.int(),
  rotational: z.boolean(),
  model: z.string().optional(),
  serial: z.string().optional(),
  wwn: z.string().optional(),
  /** Why no storage pool can be made of it; absent: it is empty, and nobody has it. */
  problem: z.string().optional(),
})
export type ObservedDevice = z.infer<typeof ObservedDevice>

export const ObservedDevices = z.object({
  ...source,
  devices: z.array(ObservedDevice),
  /** Why they could not be looked at: then nothing is said of any. */
  error: z.string().optional(),
})
export type ObservedDevices = z.infer<typeof ObservedDevices>

/** What has come of a device pool that the node's document names. Told until that drops it. */
export const ObservedDevicePool = z.object({
  backing: z.string(),
  /** As in the document. */
  owner: z.string(),
  /** `failed`: it is not as the document has it, and the node has given up. */
  state: z.enum(['present', 'absent', 'failed']),
  problem: z.string().optional(),
})
export type ObservedDevicePool = z.infer<typeof ObservedDevicePool>

export const ObservedDevicePools = z.object({
  ...source,
  devicePools: z.array(ObservedDevicePool),
})
export type ObservedDevicePools = z.infer<typeof ObservedDevicePools>

/** One of the files that the node's document names. */
export const ObservedFile = z.object({
  path: z.string(),
  /** SHA-256 of the content that the document names, hex. */
  wanted: z.string(),
  /** Where it is; absent: nowhere. */
  at: z.string().optional(),
  /** True: with the wanted content. */
  isCurrent: z.boolean(),
  /** Why it is not as wanted. */
  problem: z.string().optional(),
})
export type ObservedFile = z.infer<typeof ObservedFile>

export const ObservedFiles = z.object({
  ...source,
  /** Directories in which the satellite may write: its own list. */
  directories: z.array(z.string()),
  files: z.array(ObservedFile),
})
export type ObservedFiles = z.infer<typeof ObservedFiles>

/** Things in places that Varve manages which no document desires. Reported, never removed. */
export const Drift = z.object({
  kind: z.enum(['volume', 'drbd-resource', 'file', 'configuration', 'mapping']),
  name: z.string(),
  where: z.string(),
  detail: z.string(),
})
export type Drift = z.infer<typeof Drift>

export const ObservedDrift = z.object({ ...source, drift: z.array(Drift) })
export type ObservedDrift = z.infer<typeof ObservedDrift>

/** Once a second on core NATS; three missing ones make a node offline. */
export const Heartbeat = z.object({ node: z.string(), boot: z.string(), at: z.int() })
export type Heartbeat = z.infer<typeof Heartbeat>
