/** Room in pools for what is to come into them. */
import {
  isRefusal,
  type Node,
  type Props,
  poolOf,
  type Refusal,
  type ResourceDefinition,
  refuse,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { canRunProvider } from '../placement/capability.ts'
import { addNeed, companionNeeds } from '../placement/needs.ts'
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

/** Refusal when the data, or what the volumes have beside them, does not fit. */
export function refuseVolumeSpace(
  draft: Draft,
  definition: ResourceDefinition,
  node: Node,
  wanted: {
    readonly pool: string
    /** Of the data alone. */
    readonly sizeKib: number
    /** Default: all volumes of the definition. */
    readonly numbers?: readonly number[]
    readonly resourceProps?: Props | undefined
  },
): Refusal | undefined {
  const needs = companionNeeds(draft.state, definition, node.name, wanted)
  if (isRefusal(needs)) return needs
  for (const name of needs.keys()) {
    const provider = poolOf(draft.state, node.name, name)?.provider
    const able = provider === undefined ? undefined : canRunProvider(node, provider)
    if (!able || able.answer === 'ok') continue
    const fields = { subject: node.name, required: `provider ${provider}`, problem: able.reason }
    return refuse('not-capable', fields)
  }
  if (wanted.sizeKib > 0) addNeed(needs, wanted.pool, wanted.sizeKib)
  for (const [name, sizeKib] of needs) {
    const full = refusePoolSpace(draft, node.name, name, sizeKib)
    if (full) return full
  }
  return undefined
}
