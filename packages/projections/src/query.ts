/**
 * The table of queries: one per noun token of `varve.<cluster>.query.<noun>`. Plural nouns list,
 * singular ones show one object with everything that is known about it.
 */
import { isRefusal, nearestOf, type Refusal, refuse } from '@varve/events'
import { z } from 'zod'
import { checkQueries } from './query/check.ts'
import type { Query } from './query/define.ts'
import { diffQueries } from './query/diff.ts'
import { encryptionQueries } from './query/encryption.ts'
import { explainQueries } from './query/explain.ts'
import { intentQueries } from './query/intent.ts'
import { listQueries } from './query/lists.ts'
import { logQueries } from './query/log.ts'
import { objectQueries } from './query/objects.ts'
import { policyQueries } from './query/policy.ts'
import { undoQueries } from './query/undo.ts'
import { webhookQueries } from './query/webhooks.ts'
import type { World } from './world.ts'

export type { Query } from './query/define.ts'

export const queries = {
  ...listQueries,
  ...objectQueries,
  ...explainQueries,
  ...logQueries,
  ...checkQueries,
  ...diffQueries,
  ...intentQueries,
  ...encryptionQueries,
  ...policyQueries,
  ...undoQueries,
  ...webhookQueries,
} as const satisfies Record<string, Query>
export type QueryNoun = keyof typeof queries

export function isQuery(noun: string): noun is QueryNoun {
  return Object.hasOwn(queries, noun)
}

export type QueryOutcome =
  | { readonly ok: true; readonly data: object }
  | { readonly ok: false; readonly refusal: Refusal }

/** Answers a query, its arguments as they came from outside. */
export async function answerQuery(
  world: World,
  noun: string,
  args: unknown = {},
): Promise<QueryOutcome> {
  if (!isQuery(noun)) {
    const nearest = nearestOf(noun, Object.keys(queries))
    const remedy = nearest === undefined ? undefined : `The nearest is ${nearest}.`
    return { ok: false, refusal: refuse('unknown-query', { subject: noun }, remedy) }
  }
  const query = queries[noun]
  const parsed = query.args.safeParse(args)
  if (!parsed.success) {
    const problem = z.prettifyError(parsed.error).replaceAll('\n', ' ')
    return { ok: false, refusal: refuse('invalid-arguments', { subject: noun, problem }) }
  }
  const data = await query.run(world, parsed.data)
  return isRefusal(data) ? { ok: false, refusal: data } : { ok: true, data }
}
