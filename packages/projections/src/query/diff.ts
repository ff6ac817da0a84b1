/** What is different between two moments. */
import { isRefusal, Moment, type Refusal, refuse } from '@varve/events'
import { z } from 'zod'
import { diffRecords } from '../diff/diff.ts'
import { type Records, recordsOf } from '../diff/records.ts'
import type { World } from '../world.ts'
import { defineQuery, type Query } from './define.ts'

export const diffQueries = {
  diff: defineQuery(
    z.strictObject({
      from: Moment,
      /** Default: now. */
      to: Moment.optional(),
      /** Objects; more would not fit into one answer. */
      limit: z.int().min(1).max(500).default(200),
    }),
    async (world, { from, to, limit }) => {
      const before = await recordsAt(world, from)
      if (isRefusal(before)) return before
      const after = to === undefined ? recordsOf(world.state) : await recordsAt(world, to)
      if (isRefusal(after)) return after
      const rows = diffRecords(before, after)
      return { rows: rows.slice(0, limit), total: rows.length }
    },
  ),
} as const satisfies Record<string, Query>

/** A past world has no past of its own here: whoever asks names both moments. */
async function recordsAt(world: World, moment: Moment): Promise<Records | Refusal> {
  if (world.recordsAt) return world.recordsAt(moment)
  const problem = 'it names its moments itself: --from and --to instead of --at'
  return refuse('invalid-arguments', { subject: 'diff', problem })
}
