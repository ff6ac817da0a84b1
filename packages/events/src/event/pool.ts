/** What happens to storage pools. */
import { z } from 'zod'
import { Provider } from '../kinds.ts'
import { PoolProblem } from '../problem.ts'

const node = z.string()
const pool = z.string()
const kib = z.int()

export const poolEvents = [
  z.strictObject({ type: z.literal('storage-pool-definition.created'), pool }),
  z.strictObject({ type: z.literal('storage-pool-definition.deleted'), pool }),
  z.strictObject({
    type: z.literal('storage-pool.created'),
    node,
    pool,
    provider: Provider,
    /** Volume group, `vg/thinpool`, dataset or directory; empty for DISKLESS. */
    backing: z.string(),
    sharedSpace: z.string().optional(),
    externalLocking: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('storage-pool.deleted'), node, pool }),
  /** The unit in which the pool allocates, as its satellite measured it. */
  z.strictObject({ type: z.literal('storage-pool.measured'), node, pool, granularityKib: kib }),
  /** Fact: nothing can be placed in it for the time being, and what is in it may fail. */
  z.strictObject({ type: z.literal('storage-pool.failed'), node, pool, problem: PoolProblem }),
  z.strictObject({ type: z.literal('storage-pool.recovered'), node, pool }),
] as const
