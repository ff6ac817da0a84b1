/**
 * What makes a delivery believed: the headers of Standard Webhooks (standardwebhooks.com), an
 * HMAC-SHA256 over id, time and body. Time is signed as well, so that nothing old can be sent again.
 */
import { createHmac } from 'node:crypto'

type Delivery = { readonly id: string; readonly at: number; readonly body: string }

/** `secret` undefined: nothing is signed. */
export function deliveryHeaders(
  { id, at, body }: Delivery,
  secret: string | undefined,
): Record<string, string> {
  const seconds = String(Math.floor(at / 1000))
  const headers = {
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'user-agent': 'varve',
    'webhook-id': id,
    'webhook-timestamp': seconds,
  }
  if (secret === undefined) return headers
  const mac = createHmac('sha256', secret).update(`${id}.${seconds}.${body}`).digest('base64')
  return { ...headers, 'webhook-signature': `v1,${mac}` }
}
