/**
 * Turns in shared spaces: LVM keeps nobody on another node from changing the same volume group at the
 * same time, so the documents of one resource at a time allow it. The turn passes on when the node has
 * said that what it was for is done, never by time: a node that is away in the middle may still be at it.
 */
import {
  type Args,
  hasTurn,
  isLive,
  isQueued,
  poolOf,
  type Resource,
  resourcesOf,
  type State,
  twinsOf,
  volumeDefinitionOf,
  volumesOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'

/** Asks for the turns that resources of a definition need, and ends those that are over. */
export function settleTurns(draft: Draft, name: string): void {
  for (const row of resourcesOf(draft.state, name)) {
    const { definition, node, space } = row
    if (space === undefined) continue
    const isNeeded = needsTurn(draft.state, row)
    const isWaiting = isQueued(draft.state, row)
    if (isNeeded && !isWaiting) {
      draft.record({ type: 'space.turn-asked', space, definition, node })
    }
    // What is on its way out may be in the middle of it: it ends with the resource.
    const isOver = isLive(row) || !hasTurn(draft.state, row)
    if (!isNeeded && isWaiting && isOver) {
      draft.record({ type: 'space.turn-ended', space, definition, node })
    }
  }
}

/**
 * Whoever fails keeps nobody else from having a turn: it is asked to let go, and has done so when its
 * node has told that nothing is being done by a document that allows it nothing.
 */
export function observeTurn(
  draft: Draft,
  row: Resource,
  { idleAt, isFailed }: Pick<Args<'fact.resource-observed'>, 'idleAt' | 'isFailed'>,
): void {
  const { definition, node, space } = row
  if (space === undefined || !hasTurn(draft.state, row)) return
  const { recalled, queue } = draft.state.spaces.get(space) ?? { queue: [] }
  const about = { space, definition, node }
  if (recalled === undefined) {
    if (isFailed && queue.length > 1) draft.record({ type: 'space.turn-recalled', ...about })
  } else if (idleAt !== undefined && idleAt >= recalled) {
    draft.record({ type: 'space.turn-passed', ...about })
  }
}

/** `row`: gone from the state. */
export function endTurn(draft: Draft, row: Resource): void {
  const { definition, node, space } = row
  if (space === undefined || !isQueued(draft.state, row)) return
  draft.record({ type: 'space.turn-ended', space, definition, node })
}

/** Its storage is to be made, grown or removed. */
function needsTurn(state: State, row: Resource): boolean {
  if (!isLive(row)) {
    return !row.keepsStorage && !isLockedElsewhere(state, row) && twinsOf(state, row).length === 0
  }
  if (row.inactive || isLockedElsewhere(state, row)) return false
  return volumesOf(state, row.definition, row.node).some((volume) => {
    const wanted = volumeDefinitionOf(state, volume.definition, volume.number)
    return !volume.hasBeenInUse || wanted?.resizing !== undefined || (wanted && !isLive(wanted))
  })
}

/** lvmlockd does it. */
function isLockedElsewhere(state: State, { definition, node }: Resource): boolean {
  const pool = volumesOf(state, definition, node).find((volume) => volume.pool !== undefined)?.pool
  return pool !== undefined && poolOf(state, node, pool)?.externalLocking === true
}

/** True while its storage is being made or changed, or waits for that: it stays active so long. */
export const isChangingStorage = (state: State, row: Resource): boolean =>
  row.space !== undefined && isLive(row) && needsTurn(state, row)
