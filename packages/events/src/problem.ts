/** What goes wrong on machines, in words that programs may rely on; each has a way out. */
import { z } from 'zod'

/** What is wrong with a storage pool: nothing new is placed in it meanwhile. */
export const PoolProblemKind = z.enum([
  /** Its volume group, dataset or directory is certainly not there. */
  'missing',
  /** It could not be looked at, so nothing is known of it. */
  'unreadable',
  /** A zpool that has lost its disks and holds all input and output until they are back. */
  'suspended',
  /** There is no such thin pool, or it is not active. */
  'inactive',
  /** A thin pool without room for data: whoever writes something new waits, and then fails. */
  'data-full',
  /** A thin pool without room for its metadata: it takes no writes any more. */
  'metadata-full',
  /** A thin pool whose metadata is damaged. */
  'damaged',
])
export type PoolProblemKind = z.infer<typeof PoolProblemKind>

export const PoolProblem = z.strictObject({
  kind: PoolProblemKind,
  /** Completes "it cannot be used: …". */
  text: z.string(),
})
export type PoolProblem = z.infer<typeof PoolProblem>

/** Why a step on a machine does not succeed, where that is known. */
export const StepProblem = z.enum([
  /** The place of a volume is not there, or cannot be looked at. */
  'pool-missing',
  'pool-unreadable',
  'pool-full',
  /** Somebody has the device open that is to go. */
  'device-busy',
  /** The tool did not end in its time and was killed: its effect is looked for. */
  'tool-hangs',
  /** A disk answered with errors. */
  'disk-error',
  /** Something of somebody else has the name, the number or the place. */
  'foreign',
  /** A cache or the external metadata of a volume in use is gone: what was written last may be, too. */
  'companion-gone',
  /** What was in use is gone, and there is no other copy. */
  'data-gone',
])
export type StepProblem = z.infer<typeof StepProblem>
