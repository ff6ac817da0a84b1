/** What `varve policy list` and `varve proposals` ask. */
import { z } from 'zod'
import { pageOf } from '../page.ts'
import { policyRows, proposalRow } from '../views/policy.ts'
import { defineQuery, pageArgs, type Query } from './define.ts'

export const policyQueries = {
  policies: defineQuery(z.strictObject(pageArgs), (world, args) => {
    const rows = policyRows(world)
    const keys = rows.map((_, index) => String(index))
    return pageOf(keys, args, (index) => rows[Number(index)])
  }),
  /** Those that are open; `all`: also what came of others. */
  proposals: defineQuery(
    z.strictObject({ all: z.boolean().optional(), ...pageArgs }),
    (world, args) => {
      const { proposals } = world.state
      const keys = args.all === true ? proposals.keys() : proposals.keysBy('open', 'yes')
      return pageOf(keys, args, (key) => {
        const row = proposals.get(key)
        return row && proposalRow(world, row)
      })
    },
  ),
} as const satisfies Record<string, Query>
