/** What happens to webhooks. What they have delivered stands elsewhere. */
import { z } from 'zod'
import { webhookFilter } from '../webhook.ts'

const webhook = z.string()

export const webhookEvents = [
  z.strictObject({
    type: z.literal('webhook.created'),
    webhook,
    url: z.string(),
    /** Ciphertext under the master key. */
    secret: z.string().optional(),
    filter: z.strictObject(webhookFilter),
    /** It is told what stands in the log past this sequence. */
    from: z.int(),
  }),
  z.strictObject({ type: z.literal('webhook.deleted'), webhook }),
] as const
