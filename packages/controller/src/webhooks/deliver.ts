/**
 * One webhook: entry after entry in the order of the log, each until it is taken. What was taken and
 * not noted yet is sent again after a change of leader: at least once, under the same id.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type Entry, type Webhook, type WebhookState, webhookContext } from '@varve/events'
import { cloudEvent, isAskedFor } from '@varve/projections'
import type { Cursors } from './cursors.ts'
import type { Post } from './post.ts'
import { deliveryHeaders } from './sign.ts'

export type DeliveryParts = {
  readonly cluster: string
  readonly cursors: Cursors
  readonly post: Post
  /** Where the log ends. */
  readonly stored: () => number
  readonly entriesAt: (sequence: number) => Promise<readonly Entry[] | undefined>
  /** Resolves when the log may have grown, and when it is time to end. */
  readonly grown: () => Promise<void>
  readonly unwrap: (wrapped: string, context: string) => string | undefined
  /** Wall clock, ms. */
  readonly now: () => number
  /** Told when a cursor cannot be read or noted. */
  readonly onProblem: (webhook: string, error: unknown) => void
}

const firstRetryMs = 1_000
const longestRetryMs = 300_000
/** While much is delivered, the cursor is noted this often. */
const noteEveryMs = 1_000

/** Until the signal; never throws. */
export async function deliver(
  webhook: Webhook,
  parts: DeliveryParts,
  signal: AbortSignal,
): Promise<void> {
  let state = await firstState(webhook, parts, signal)
  let noted: { at: number; state: WebhookState | undefined } = { at: 0, state: undefined }
  const note = async () => {
    if (noted.state === state) return
    noted = { at: parts.now(), state }
    await parts.cursors
      .write(webhook.name, state)
      .catch((error: unknown) => parts.onProblem(webhook.name, error))
  }
  while (!signal.aborted) {
    if (state.sequence >= parts.stored()) {
      await note()
      if (state.sequence >= parts.stored()) await parts.grown()
      continue
    }
    const sequence = state.sequence + 1
    const entries = (await parts.entriesAt(sequence)) ?? []
    const told = [...entries.entries()].filter(([, entry]) =>
      isAskedFor(webhook.filter, entry, sequence),
    )
    for (const [index, entry] of told) {
      const event = cloudEvent(entry, { cluster: parts.cluster, sequence, index })
      for (let attempts = 1; !signal.aborted; attempts += 1) {
        const problem = await attempt(webhook, event, parts, signal)
        if (problem === undefined || signal.aborted) break
        state = withFailure(state, problem, attempts, parts.now())
        await note()
        await pause((state.failure?.retryAt ?? 0) - parts.now(), signal)
      }
      if (signal.aborted) break
    }
    if (signal.aborted) break
    const { failure: _over, ...rest } = state
    state = { ...rest, sequence, ...(told.length > 0 ? { deliveredAt: parts.now() } : {}) }
    if (parts.now() - noted.at >= noteEveryMs) await note()
  }
  await note()
}

/** Undefined: taken. */
async function attempt(
  { name, url, secret: wrapped }: Webhook,
  event: ReturnType<typeof cloudEvent>,
  { post, unwrap, now }: DeliveryParts,
  signal: AbortSignal,
): Promise<string | undefined> {
  const secret = wrapped === undefined ? undefined : unwrap(wrapped, webhookContext(name))
  // Unsigned it would be taken for somebody else's.
  if (wrapped !== undefined && secret === undefined) {
    return 'its secret cannot be read: enter the passphrase of the cluster (varve encryption enter-passphrase)'
  }
  const body = JSON.stringify(event)
  const headers = deliveryHeaders({ id: event.id, at: now(), body }, secret)
  return post(url, { headers, body }, signal)
}

function withFailure(
  state: WebhookState,
  problem: string,
  attempts: number,
  now: number,
): WebhookState {
  const waitMs = Math.min(longestRetryMs, firstRetryMs * 2 ** (attempts - 1))
  const since = state.failure?.since ?? now
  return { ...state, failure: { problem, since, attempts, retryAt: now + waitMs } }
}

/** The cursor that was noted last, also by another leader; one of the same name begins anew. */
async function firstState(
  { name, from, origin }: Webhook,
  { cursors, onProblem }: DeliveryParts,
  signal: AbortSignal,
): Promise<WebhookState> {
  while (!signal.aborted) {
    try {
      const found = await cursors.read(name)
      if (found?.origin === origin.entry) return found
      break
    } catch (error) {
      onProblem(name, error)
      await pause(firstRetryMs, signal)
    }
  }
  return { origin: origin.entry, sequence: from }
}

const pause = (ms: number, signal: AbortSignal) =>
  delay(Math.max(0, ms), undefined, { signal }).catch(() => undefined)
