/** The trash: definitions that were deleted, and that can be taken back with their data. */
import { type ResourceDefinition, resourcesOf, volumesOf } from '@varve/events'
import type { Sight } from '../world.ts'
import { resourceRow } from './resource.ts'

export type TrashRow = {
  readonly definition: string
  readonly group: string
  /** What it keeps of pools, over all nodes. */
  readonly storedKib: number
  readonly resources: number
  readonly deletedAt: number
  /** Entry that deleted it: `varve log show`. */
  readonly sequence: number
  readonly until: number
  /** ms until the policy `trash` lets it go; below 0: it is late. */
  readonly leftMs: number
  /** Nodes that have not closed it yet. */
  readonly openOn: readonly string[]
}

/** Undefined: it is not in the trash. */
export function trashRow(sight: Sight, row: ResourceDefinition): TrashRow | undefined {
  if (row.phase.status !== 'trashed') return undefined
  const { since, at, until } = row.phase
  const resources = resourcesOf(sight.state, row.name)
  const open = resources.filter((one) => !resourceRow(sight, one).isSettled)
  return {
    definition: row.name,
    group: row.group,
    storedKib: resources.reduce((sum, { node }) => sum + storedKib(sight, row.name, node), 0),
    resources: resources.length,
    deletedAt: at,
    sequence: since,
    until,
    leftMs: until - sight.now,
    openOn: open.map(({ node }) => node),
  }
}

/** As last seen on the node; of thin volumes more than they take. */
function storedKib({ state }: Sight, definition: string, node: string): number {
  return volumesOf(state, definition, node)
    .filter(({ pool }) => pool !== undefined)
    .reduce((sum, { deployedKib }) => sum + (deployedKib ?? 0), 0)
}
