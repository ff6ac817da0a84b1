/** Webhooks: who is told what is stored. */
import type { EventOf } from '../event.ts'
import { nameKey } from '../names.ts'
import type { Origin } from './records.ts'
import type { State } from './state.ts'

export function webhookCreated(
  state: State,
  { webhook, url, secret, filter, from }: EventOf<'webhook.created'>,
  origin: Origin,
): void {
  state.webhooks.set(nameKey(webhook), {
    name: webhook,
    url,
    ...(secret === undefined ? {} : { secret }),
    filter,
    from,
    origin,
  })
}

export function webhookDeleted(state: State, { webhook }: EventOf<'webhook.deleted'>): void {
  state.webhooks.delete(nameKey(webhook))
}
