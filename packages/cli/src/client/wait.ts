/** Waits until what was asked for is there: asks again whenever something has changed. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Settled } from '@varve/projections'
import type { Session } from '../session.ts'
import type { Client } from './client.ts'

export type Target =
  | { readonly definition: string }
  | { readonly operation: string }
  /** What has changed on nodes at this log sequence or later. */
  | { readonly since: number; readonly definition?: string }
  | { readonly node: string; readonly pool: string }

export type Waited =
  | { readonly outcome: 'settled'; readonly waiting: readonly []; readonly hasWaited: boolean }
  /** Waiting alone does not help: nodes are away, or something has to be mended. */
  | { readonly outcome: 'blocked' | 'timeout'; readonly waiting: readonly string[] }

/** The state is asked for at most so often, however much is reported. */
const shortestPauseMs = 200
/** … and at least so often, in case a report was missed. */
const longestPauseMs = 2000
/** A node that is just starting is not away. */
const graceMs = 5000

export async function waitUntilSettled(
  session: Session,
  client: Client,
  target: Target,
  minSequence?: number,
): Promise<Waited> {
  const watch = client.watch((of) => [
    of.changes,
    'definition' in target && target.definition !== undefined
      ? of.observed('*', 'resource', target.definition)
      : of.allObserved,
  ])
  const began = performance.now()
  let hasWaited = false
  try {
    for (;;) {
      const settled = await ask(client, target, minSequence)
      if (settled.isSettled) return { outcome: 'settled', waiting: [], hasWaited }
      const elapsed = performance.now() - began
      const { waiting } = settled
      if (settled.isBlocked && elapsed > graceMs) return { outcome: 'blocked', waiting }
      if (elapsed > session.options.timeoutMs) return { outcome: 'timeout', waiting }
      hasWaited = true
      session.progress(`${Math.floor(elapsed / 1000)} s: ${waiting.join('; ')}`)
      await watch.next(Math.min(longestPauseMs, session.options.timeoutMs - elapsed + 1))
      await sleep(shortestPauseMs, undefined, { signal: session.signal })
    }
  } finally {
    watch.stop()
    session.progress('')
  }
}

async function ask(client: Client, target: Target, minSequence?: number): Promise<Settled> {
  const reply = await client.query('settled', target, minSequence)
  // The controller answers this query with exactly this; a refusal means it is still catching up.
  return reply.ok
    ? (reply.data as Settled)
    : { isSettled: false, isBlocked: false, waiting: [reply.refusal.message] }
}
