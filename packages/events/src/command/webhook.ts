/** Commands about webhooks. */
import { z } from 'zod'
import { WebhookName } from '../names.ts'
import { Secret } from '../secret.ts'
import { WebhookUrl, webhookFilter } from '../webhook.ts'

export const webhookCommands = {
  'webhook.create': z.strictObject({
    webhook: WebhookName,
    url: WebhookUrl,
    /** Signs what is sent; without it nothing is signed. */
    secret: Secret.optional(),
    ...webhookFilter,
    /** Tell what stands in the log past this sequence; from now on unless given. */
    from: z.int().min(0).optional(),
  }),
  'webhook.delete': z.strictObject({ webhook: WebhookName }),
}
