/** Backing objects that a volume has beside its data: what a cache layer or DRBD keeps elsewhere. */
import { z } from 'zod'

export const CompanionRole = z.enum([
  'writecache',
  'cache',
  'cache-metadata',
  'bcache',
  'drbd-metadata',
])
export type CompanionRole = z.infer<typeof CompanionRole>

/** Put between the resource's name and the volume's number, as LINSTOR has it (reference 4). */
export const companionSuffixes = {
  writecache: '.cache',
  cache: '.dmcache_cache',
  'cache-metadata': '.dmcache_meta',
  bcache: '.bcache',
  'drbd-metadata': '.meta',
} as const satisfies Record<CompanionRole, string>

export const Companion = z.strictObject({
  role: CompanionRole,
  /** Pool of the volume's own node. */
  pool: z.string(),
  /** What it was given when it was made; it does not grow with the volume. */
  sizeKib: z.int(),
  /**
   * What the kernel expects to be the same for life, in sectors of 512 bytes: of a writecache where
   * it begins on its device, of a cache the size of its blocks.
   */
  sectors: z.int().optional(),
})
export type Companion = z.infer<typeof Companion>
