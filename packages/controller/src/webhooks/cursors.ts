/**
 * How far each webhook is, as the last message of a subject of its own. Apart from the log: that
 * would grow with each delivery, and be delivered in its turn.
 */
import { streams, subjectsOf, WebhookState } from '@varve/events'
import type { Bus } from '../edge/bus.ts'
import { parseJson } from '../log/block.ts'
import { publish, readMessage } from '../log/jetstream-api.ts'

const timeoutMs = 2_000

export type Cursors = {
  /** Undefined: nothing was ever noted of it. Throws when nobody answers. */
  readonly read: (webhook: string) => Promise<WebhookState | undefined>
  /** Throws when it is not stored; then more is sent again than has to be, and nothing is lost. */
  readonly write: (webhook: string, state: WebhookState) => Promise<void>
}

export function jetStreamCursors({ request }: Pick<Bus, 'request'>, cluster: string): Cursors {
  const subjects = subjectsOf(cluster)
  return {
    async read(webhook) {
      const which = { last_by_subj: subjects.cursor(webhook) }
      const found = await readMessage(request, streams.cursors, which, timeoutMs)
      return found && WebhookState.parse(parseJson(found.bytes))
    },
    async write(webhook, state) {
      const guards = { 'Nats-Expected-Stream': streams.cursors }
      const bytes = Buffer.from(JSON.stringify(state))
      const result = await publish(request, subjects.cursor(webhook), bytes, { guards, timeoutMs })
      if (result.kind !== 'stored') throw new Error(`the cursor of ${webhook} was not stored`)
    },
  }
}
