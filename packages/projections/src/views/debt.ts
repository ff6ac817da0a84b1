/** Cleanup debts: what nodes that were away still have to remove. */
import { type Debt, nodeOf, type Reference, refer } from '@varve/events'
import { isOnline } from '../age.ts'
import type { Sight } from '../world.ts'
import { failureText } from './resource.ts'

export type DebtRow = {
  readonly node: string
  readonly definition: string
  /** Backing objects, `vg0/thin: web_00000`. */
  readonly objects: readonly string[]
  readonly recordedAt: number
  readonly ageMs: number
  /** When it is paid: on its node's return, now, or at the next attempt. */
  readonly next: string
  readonly failure?: string
  readonly retryAt?: number
  readonly of: Reference
}

export function debtRow(sight: Sight, debt: Debt): DebtRow {
  const { node, definition, volumes, origin } = debt
  const seen = sight.observed.resource(definition, node)
  const isThere = isOnline(sight, node)
  const failure = isThere ? seen?.failure : undefined
  return {
    node,
    definition,
    objects: volumes.flatMap(({ storage }) =>
      storage ? [`${storage.backing}: ${storage.name}`] : [],
    ),
    recordedAt: origin.at,
    ageMs: Math.max(0, sight.now - origin.at),
    next: nextOf(sight, node, failure !== undefined),
    ...(failure === undefined ? {} : { failure: failureText(failure) }),
    ...(failure === undefined || seen?.retryAt === undefined ? {} : { retryAt: seen.retryAt }),
    of: refer('node', node),
  }
}

function nextOf(sight: Sight, node: string, hasFailed: boolean): string {
  if (nodeOf(sight.state, node) === undefined) return `when node ${node} exists again`
  if (!isOnline(sight, node)) return `when ${node} returns`
  return hasFailed ? 'tried again by itself' : 'now'
}
