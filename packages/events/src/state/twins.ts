/**
 * Twins: resources of one definition on several nodes whose storage is the same, in one shared space.
 * At most one of them is active.
 */
import { nameKey } from '../names.ts'
import { isOf } from './evolve-activity.ts'
import { resourceOf, resourcesOf, volumeOf } from './lookup.ts'
import type { Resource, Turn, Volume } from './records.ts'
import type { State } from './state.ts'

type About = { readonly definition: string; readonly node: string }

/** All others that have the same storage, going or not. */
export function twinsOf(
  state: State,
  { definition, node, space }: About & Pick<Resource, 'space'>,
): Resource[] {
  if (space === undefined) return []
  return resourcesOf(state, definition).filter(
    (row) => row.space === space && nameKey(row.node) !== nameKey(node),
  )
}

/** The same storage as its twins see it. */
export function twinVolumesOf(state: State, volume: Volume): Volume[] {
  const row = resourceOf(state, volume.definition, volume.node)
  if (!row || row.space === undefined || volume.pool === undefined) return []
  return twinsOf(state, row).flatMap((twin) => {
    const other = volumeOf(state, twin.definition, twin.node, volume.number)
    return other?.pool === undefined ? [] : [other]
  })
}

/** Its node may have it open: it is not known to be closed. */
export const mayBeOpen = ({ inactive }: Resource): boolean =>
  inactive === undefined || inactive.operation !== undefined

/** Mark of the volume's storage, the same for all twins. */
export const ownerOf = ({ owner, origin }: Volume): string => owner ?? origin.entry

/** The resource whose turn it is in the space; undefined: nobody has to change anything there. */
export const turnIn = (state: State, space: string): Turn | undefined =>
  state.spaces.get(space)?.queue[0]

/** It may change the metadata of its space now. */
export const mayChange = (state: State, row: About & Pick<Resource, 'space'>): boolean =>
  hasTurn(state, row) && state.spaces.get(row.space ?? '')?.recalled === undefined

export function hasTurn(state: State, row: About & Pick<Resource, 'space'>): boolean {
  const turn = row.space === undefined ? undefined : turnIn(state, row.space)
  return turn !== undefined && isOf(turn, row)
}

/** It has its turn, or waits for it. */
export function isQueued(state: State, row: About & Pick<Resource, 'space'>): boolean {
  const queue = row.space === undefined ? [] : (state.spaces.get(row.space)?.queue ?? [])
  return queue.some((turn) => isOf(turn, row))
}
