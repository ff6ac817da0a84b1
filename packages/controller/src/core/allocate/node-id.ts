/**
 * DRBD node-ids: one per resource of a definition. An id that peers still hold a bitmap slot for
 * is not given to a newcomer: it would inherit the bitmap of the one that is gone.
 */
import { definitionOf, limits, type Refusal, refuse, resourcesOf, type State } from '@varve/events'

/** The wanted id if it is free, else the lowest free one. */
export function allocateNodeId(
  state: State,
  definition: string,
  wanted?: number,
): number | Refusal {
  const taken = new Set<number>()
  for (const { nodeId } of resourcesOf(state, definition)) {
    if (nodeId !== undefined) taken.add(nodeId)
  }
  for (const { nodeId } of definitionOf(state, definition)?.retired ?? []) taken.add(nodeId)

  if (wanted !== undefined) {
    if (!taken.has(wanted)) return wanted
    const remedy = 'Leave the node-id out to have a free one chosen.'
    return refuse('node-id-used', { measured: wanted, subject: definition }, remedy)
  }
  for (let id: number = limits.nodeId.min; id <= limits.nodeId.max; id += 1) {
    if (!taken.has(id)) return id
  }
  const remedy = 'Delete a resource, or wait until its peers have forgotten the removed ones.'
  return refuse('node-ids-exhausted', { subject: definition }, remedy)
}
