/** The webhooks of a reign: each at its own pace, so that one that is slow or dead hinders nobody. */
import type { State, Webhook } from '@varve/events'
import { type DeliveryParts, deliver } from './deliver.ts'

export type Webhooks = AsyncDisposable & {
  /** Something was stored: there may be more to tell, or another webhook. */
  readonly wake: () => void
}

type Running = {
  readonly webhook: Webhook
  readonly stop: AbortController
  readonly over: Promise<void>
}

/** `state`: the leader's own. */
export function runWebhooks(
  state: State,
  parts: Omit<DeliveryParts, 'stored' | 'grown'>,
): Webhooks {
  const running = new Map<string, Running>()
  let waiting: (() => void)[] = []
  const all: DeliveryParts = {
    ...parts,
    stored: () => state.position.sequence,
    grown: () => new Promise((resolve) => waiting.push(resolve)),
  }
  const begin = (webhook: Webhook): Running => {
    const stop = new AbortController()
    const over = deliver(webhook, all, stop.signal).catch((error: unknown) =>
      parts.onProblem(webhook.name, error),
    )
    return { webhook, stop, over }
  }
  const reconcile = () => {
    for (const [key, { webhook, stop }] of running) {
      if (state.webhooks.get(key)?.origin.entry === webhook.origin.entry) continue
      stop.abort()
      running.delete(key)
    }
    for (const key of state.webhooks.keys()) {
      const webhook = state.webhooks.get(key)
      if (webhook && !running.has(key)) running.set(key, begin(webhook))
    }
  }
  const wakeAll = () => {
    const woken = waiting
    waiting = []
    for (const resolve of woken) resolve()
  }
  reconcile()
  return {
    wake() {
      reconcile()
      wakeAll()
    },
    async [Symbol.asyncDispose]() {
      const ending = [...running.values()]
      running.clear()
      for (const { stop } of ending) stop.abort()
      wakeAll()
      await Promise.all(ending.map(({ over }) => over))
    },
  }
}
