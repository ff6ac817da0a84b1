/** Room in pools for what is to come into them. */
import {
  isRefusal,
  type Node,
  type Props,
  poolOf,
  type Refusal,
  type ResourceDefinition,
  refuse,
  type Space,
  type StoragePool,
  spaceOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { canRunProvider } from '../placement/capability.ts'
import { addNeed, companionNeeds } from '../placement/needs.ts'
import { guardsThinPools, incomingKibOf, whyNearlyFull } from '../placement/thin-guard.ts'

/** Refusal when the pool cannot promise `sizeKib` more (reference 5). */
export function refusePoolSpace(
  draft: Draft,
  node: string,
  pool: string,
  sizeKib: number,
  definition?: ResourceDefinition,
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
  const space = spaceOf(draft.state, draft.context.observed, row)
  const room = space.roomKib
  if (room !== undefined && room >= sizeKib) {
    return refuseNearlyFull(draft, { pool: row, space }, definition)
  }
  return refuse(
    'pool-too-small',
    { subject: `${row.name} on node ${row.node}`, measured: room ?? 'unknown', required: sizeKib },
    room === undefined
      ? `The satellite of ${row.node} has not reported the pool yet.`
      : 'Extend the pool, choose another, or raise its oversubscription ratio.',
  )
}

/**
 * Refusal while the pool is nearly full: a snapshot takes nothing at once, but from then on whatever
 * is written to its volume takes room anew, and a thin pool that is full stops all that is in it.
 */
export function refuseSnapshotSpace(
  draft: Draft,
  pool: StoragePool,
  definition: ResourceDefinition,
): Refusal | undefined {
  const space = spaceOf(draft.state, draft.context.observed, pool)
  return refuseFull(draft, { pool, space }, definition, 0)
}

/** `definition`: whose new replica takes at once what the others have. */
function refuseNearlyFull(
  draft: Draft,
  place: Place,
  definition: ResourceDefinition | undefined,
): Refusal | undefined {
  const { state, context } = draft
  const incomingKib = definition ? incomingKibOf(state, context.observed, definition.name) : 0
  return refuseFull(draft, place, definition, incomingKib)
}

type Place = { readonly pool: StoragePool; readonly space: Space }

function refuseFull(
  { state, context }: Draft,
  place: Place,
  definition: ResourceDefinition | undefined,
  incomingKib: number,
): Refusal | undefined {
  if (!guardsThinPools(state, definition)) return undefined
  const { observed } = context
  const problem = whyNearlyFull(state, observed, place, incomingKib)
  if (problem === undefined) return undefined
  return refuse(
    'pool-nearly-full',
    { subject: `${place.pool.name} on ${place.pool.node}`, problem },
    'Extend the pool or choose another. To do it all the same: varve policy set thin-pool-guard off',
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
    const full = refusePoolSpace(draft, node.name, name, sizeKib, definition)
    if (full) return full
  }
  return undefined
}
