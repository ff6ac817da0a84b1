/** How many replicas are missing (reference 7.1). */
import {
  isLive,
  isYes,
  nameKey,
  nodeOf,
  poolOf,
  type Refusal,
  type Resource,
  refuse,
  type State,
  volumesOf,
} from '@varve/events'
import type { PlacementRequest } from './request.ts'

export type Count = {
  /** Resources of the wanted kind that count. */
  readonly existing: number
  /** To be placed now; 0: there is nothing to do. */
  readonly needed: number
}

/** `resources`: all of the definition. */
export function countMissing(
  state: State,
  request: PlacementRequest,
  resources: readonly Resource[],
): Count | Refusal {
  const { placeCount, additionalPlaceCount } = request.filter
  const existing = countExisting(state, request, resources)
  if (additionalPlaceCount !== undefined && additionalPlaceCount > 0) {
    return { existing, needed: additionalPlaceCount }
  }
  if (placeCount === undefined) {
    const remedy = 'Give a place count, or set one on the resource group.'
    return refuse('invalid-filter', { problem: 'there is no place count' }, remedy)
  }
  if (existing > placeCount) {
    const fields = {
      subject: request.definition ?? 'The resource',
      measured: existing,
      required: placeCount,
    }
    const remedy = 'Delete the replicas that are too many, or raise the place count.'
    return refuse('already-placed', fields, remedy)
  }
  return { existing, needed: placeCount - existing }
}

/**
 * Whether a resource holds its place: it stays, on a node that stays, with a disk in use.
 * A tie-breaker is no diskless resource that anybody asked for.
 */
function isCounted(state: State, row: Resource, diskless: boolean): boolean {
  if (!isLive(row) || row.leaving) return false
  const isKind = diskless
    ? row.kind === 'diskless' || row.kind === 'client'
    : row.kind === 'diskful'
  if (!isKind || isYes(row.props['DrbdOptions/SkipDisk'])) return false
  const node = nodeOf(state, row.node)
  return node !== undefined && isLive(node) && !node.evacuation
}

function countExisting(
  state: State,
  request: PlacementRequest,
  resources: readonly Resource[],
): number {
  const ignored = new Set(request.ignoreNodes?.map(nameKey))
  const spaces = new Set<string>()
  let existing = 0
  for (const row of resources) {
    if (!isCounted(state, row, request.diskless ?? false) || ignored.has(nameKey(row.node)))
      continue
    const space = sharedSpaceOf(state, row)
    if (space !== undefined && spaces.has(space)) continue
    if (space !== undefined) spaces.add(space)
    existing += 1
  }
  return existing
}

/** The shared space that the resource is in, if any: several resources there are one replica. */
export function sharedSpaceOf(state: State, row: Resource): string | undefined {
  for (const { pool } of volumesOf(state, row.definition, row.node)) {
    const space = pool === undefined ? undefined : poolOf(state, row.node, pool)?.sharedSpace
    if (space !== undefined) return space
  }
  return undefined
}
