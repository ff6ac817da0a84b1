/**
 * A bundle: one zipped file with all that a cluster decided. Lines: the head, the blocks of the
 * journal as they are, a checkpoint, and the end, without which it is not whole.
 */
import { z } from 'zod'

export const bundleVersion = 1

export const BundleHead = z.strictObject({
  bundle: z.literal(bundleVersion),
  cluster: z.string(),
  /** ms since epoch. */
  madeAt: z.int(),
  /** True: names, addresses, texts and keys are others than they were; the form is the same. */
  isAnonymised: z.boolean(),
  /** Program → version. */
  versions: z.record(z.string(), z.string()),
})
export type BundleHead = z.infer<typeof BundleHead>

/** The lines that follow are those of a checkpoint, as its file has them. */
export const CheckpointMark = z.strictObject({ checkpoint: z.string() })

export const BundleEnd = z.strictObject({
  /** Of the last block, and its hash. */
  sequence: z.int(),
  hash: z.string(),
  /** SHA-256 of the state there, as the release that made the bundle folds it. */
  stateHash: z.string(),
})
export type BundleEnd = z.infer<typeof BundleEnd>
export const EndMark = z.strictObject({ end: BundleEnd })

/** Somebody can mend it: another file, or a newer release. */
export class BundleUnreadable extends Error {
  override readonly name = 'BundleUnreadable'
}
