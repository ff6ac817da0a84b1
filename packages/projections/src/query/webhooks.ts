/** What `varve webhook list` and `show` ask. */
import { nameKey } from '@varve/events'
import { z } from 'zod'
import { pageOf } from '../page.ts'
import { webhookRow } from '../views/webhook.ts'
import { defineQuery, notFound, pageArgs, type Query } from './define.ts'

export const webhookQueries = {
  webhooks: defineQuery(z.strictObject(pageArgs), async (world, args) => {
    const { webhooks } = world.state
    const page = pageOf(webhooks.keys(), args, (key) => webhooks.get(key))
    const rows = await Promise.all(page.rows.map((row) => webhookRow(world, row)))
    return { ...page, rows }
  }),
  webhook: defineQuery(z.strictObject({ webhook: z.string() }), async (world, { webhook }) => {
    const row = world.state.webhooks.get(nameKey(webhook))
    return row ? webhookRow(world, row) : notFound('webhook', webhook)
  }),
} as const satisfies Record<string, Query>
