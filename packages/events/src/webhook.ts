/** Webhooks: who outside the cluster is told what is stored in the log. */
import { z } from 'zod'
import { nameKey } from './names.ts'
import { Reference } from './reference.ts'

/** Only what fits all that is given. */
export const webhookFilter = {
  /** The object, or its definition. */
  object: Reference.optional(),
  /** Name of the sender, or a kind: user, policy, observer, system. */
  by: z.string().min(1).max(128).optional(),
  /** `node.create`, or one half of it. */
  command: z.string().min(1).max(128).optional(),
  /** Entries that changed something there. */
  node: z.string().min(1).max(255).optional(),
}
export const WebhookFilter = z.strictObject(webhookFilter)
export type WebhookFilter = z.infer<typeof WebhookFilter>

/** http or https. What is secret in a URL would be readable, so it has no user and no password. */
export const WebhookUrl = z
  .url({ protocol: /^https?$/, error: 'a webhook has an http or https URL' })
  .max(1024, 'a URL has at most 1024 characters')
  .refine((text) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    return url?.username === '' && url.password === ''
  }, 'a URL with a user or a password would be readable: sign with a secret instead')

/** What the secret of a webhook is encrypted for: copied to another one it opens nothing. */
export const webhookContext = (webhook: string): string => `webhook/${nameKey(webhook)}`

/** How far a webhook is: its cursor, kept apart from the log, that is not to grow by being told. */
export const WebhookState = z.strictObject({
  /** Entry that made the webhook: one of the same name begins anew. */
  origin: z.string(),
  /** All up to this sequence is delivered, or nothing that it asks for. */
  sequence: z.int(),
  /** ms since epoch, of the last delivery. */
  deliveredAt: z.int().optional(),
  /** The entry that is not delivered yet, and why. */
  failure: z
    .strictObject({
      problem: z.string(),
      since: z.int(),
      attempts: z.int(),
      retryAt: z.int(),
    })
    .optional(),
})
export type WebhookState = z.infer<typeof WebhookState>
