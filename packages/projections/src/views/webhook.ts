/** Webhooks and how far each of them is. Their secrets are shown to nobody. */
import type { Webhook, WebhookFilter, WebhookState } from '@varve/events'
import type { World } from '../world.ts'

export type WebhookRow = {
  readonly name: string
  readonly url: string
  readonly filter: WebhookFilter
  readonly isSigned: boolean
  /** Delivered up to this sequence of the log. */
  readonly delivered: number
  /** Entries' blocks in the log past that. */
  readonly lag: number
  readonly deliveredAt?: number
  readonly failure?: NonNullable<WebhookState['failure']>
  readonly createdAt: number
}

export async function webhookRow(world: World, row: Webhook): Promise<WebhookRow> {
  const kept = await world.webhookState?.(row.name)
  // Of one that had the name before.
  const state = kept?.origin === row.origin.entry ? kept : undefined
  const delivered = state?.sequence ?? row.from
  return {
    name: row.name,
    url: row.url,
    filter: row.filter,
    isSigned: row.secret !== undefined,
    delivered,
    lag: Math.max(0, world.state.position.sequence - delivered),
    ...(state?.deliveredAt === undefined ? {} : { deliveredAt: state.deliveredAt }),
    ...(state?.failure === undefined ? {} : { failure: state.failure }),
    createdAt: row.origin.at,
  }
}
