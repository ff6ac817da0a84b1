/** What policies ask for so that there are as many good copies as there shall be, where they are used. */
import { type Args, definitionOf, groupOf, isLive, type Refusal, resourceOf } from '@varve/events'
import type { Draft } from '../draft.ts'
import { isShort, reasonAgainst, wantedReplicas } from '../policies/watch/re-place.ts'
import { placeAutomatically } from './auto-place.ts'
import { deleteResource } from './resource.ts'
import { refuseIfRollingBack } from './rollback.ts'

/** Places what is missing; where nothing is, the definition is whole again. */
export function rePlaceReplicas(draft: Draft, args: Args<'replica.re-place'>): Refusal | undefined {
  const row = definitionOf(draft.state, args.definition)
  if (!row?.missing || !isLive(row)) return undefined
  const placeCount = wantedReplicas(draft.state, row)
  const definition = row.name
  if (placeCount === undefined) {
    draft.record({ type: 'redundancy.restored', definition })
    return undefined
  }
  // Others that were judged in the same moment may have gone before.
  if (isShort(draft.state, row, placeCount) && reasonAgainst(draft.state, row)) return undefined
  const before = draft.events.length
  const filter = groupOf(draft.state, row.group)?.filter ?? {}
  const refused =
    refuseIfRollingBack(row) ??
    placeAutomatically(draft, row, { ...filter, placeCount, disklessOnRemaining: false })
  // More than enough of them is as good.
  if (refused && refused.refused !== 'already-placed') return refused
  const type = draft.events.length > before ? 'redundancy.rebuilding' : 'redundancy.restored'
  if (type === 'redundancy.restored' || row.missing.status === 'waiting') {
    draft.record({ type, definition })
  }
  return undefined
}

/** On the very node where the resource is in use; a tie-breaker or client there becomes a replica. */
export function makeDiskful(draft: Draft, args: Args<'replica.make-diskful'>): Refusal | undefined {
  const row = definitionOf(draft.state, args.definition)
  const resource = resourceOf(draft.state, args.definition, args.node)
  if (!row || !resource || resource.kind === 'diskful' || !isLive(resource)) return undefined
  const { definition, node } = resource
  const filter = groupOf(draft.state, row.group)?.filter ?? {}
  const refused =
    refuseIfRollingBack(row) ??
    placeAutomatically(draft, row, {
      ...filter,
      nodes: [node],
      additionalPlaceCount: 1,
      disklessOnRemaining: false,
    })
  if (refused) return refused
  draft.record({ type: 'auto-diskful.converted', definition, node })
  return undefined
}

export function cleanUp(draft: Draft, args: Args<'replica.clean-up'>): Refusal | undefined {
  const row = definitionOf(draft.state, args.definition)
  if (row?.converted === undefined) return undefined
  if (args.node !== undefined) {
    const refused = deleteResource(draft, { definition: row.name, node: args.node })
    if (refused) return refused
  }
  draft.record({ type: 'auto-diskful.finished', definition: row.name })
  return undefined
}
