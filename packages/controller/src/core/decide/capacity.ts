/** Room in a pool for what is to come into it. */
import { poolOf, type Refusal, refuse } from '@varve/events'
import type { Draft } from '../draft.ts'
import { usableKib } from '../placement/space.ts'

/** Refusal when the pool cannot promise `sizeKib` more (reference 5). */
export function refusePoolSpace(
  draft: Draft,
  node: string,
  pool: string,
  sizeKib: number,
): Refusal | undefined {
  const row = poolOf(draft.state, node, pool)
  if (!row) return undefined
  if (row.problem) {
    const subject = `${row.name} on node ${row.node}`
    return refuse(
      'pool-not-usable',
      { subject, problem: row.problem.text },
      `varve explain stuck storage-pool/${row.node}/${row.name}`,
    )
  }
  const room = usableKib(draft.state, draft.context.observed, row)
  if (room !== undefined && room >= sizeKib) return undefined
  return refuse(
    'pool-too-small',
    { subject: `${row.name} on node ${row.node}`, measured: room ?? 'unknown', required: sizeKib },
    room === undefined
      ? `The satellite of ${row.node} has not reported the pool yet.`
      : 'Extend the pool, choose another, or raise its oversubscription ratio.',
  )
}
