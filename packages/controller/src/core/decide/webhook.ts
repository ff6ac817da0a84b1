/** Webhooks: who is told. Their secrets arrive here as ciphertext. */
import { type Args, nameKey, type Refusal, wrappedOf } from '@varve/events'
import type { Draft } from '../draft.ts'
import { missing, refuseIfTaken } from './require.ts'

export function createWebhook(draft: Draft, args: Args<'webhook.create'>): Refusal | undefined {
  const { webhook, url, from, secret: given, ...filter } = args
  const taken = refuseIfTaken('webhook', webhook, draft.state.webhooks.get(nameKey(webhook)))
  if (taken) return taken
  const secret = wrappedOf(given)
  draft.record({
    type: 'webhook.created',
    webhook,
    url,
    ...(secret === undefined ? {} : { secret }),
    filter,
    from: from ?? draft.context.sequence,
  })
  return undefined
}

export function deleteWebhook(draft: Draft, args: Args<'webhook.delete'>): Refusal | undefined {
  const row = draft.state.webhooks.get(nameKey(args.webhook))
  if (!row) return missing('webhook', args.webhook)
  draft.record({ type: 'webhook.deleted', webhook: row.name })
  return undefined
}
