/** Nodes that are emptied. */
import type { EventOf } from '../event.ts'
import { keyOf, nameKey } from '../names.ts'
import { resourcesOn } from './lookup.ts'
import type { Node, Origin } from './records.ts'
import type { State } from './state.ts'
import { update, without } from './update.ts'

export function evacuationStarted(state: State, event: EventOf<'node.evacuation-started'>): void {
  const { node, operation, targets, doNotTarget } = event
  const evacuation = {
    operation,
    ...(targets === undefined ? {} : { targets }),
    ...(doNotTarget === undefined ? {} : { doNotTarget }),
  }
  update(state.nodes, nameKey(node), (row): Node => ({ ...row, evacuation }))
}

export function evacuationBlocked(
  state: State,
  { definition, node, problem }: EventOf<'resource.evacuation-blocked'>,
  { at }: Origin,
): void {
  update(state.resources, keyOf(definition, node), (row) => ({ ...row, blocked: { problem, at } }))
}

export function nodeRestored(state: State, { node }: EventOf<'node.restored'>): void {
  const operation = state.nodes.get(nameKey(node))?.evacuation?.operation
  update(state.nodes, nameKey(node), (row): Node => without(row, 'evacuation'))
  for (const row of resourcesOn(state, node)) {
    const isMoved = row.leaving !== undefined && row.leaving.operation === operation
    if (!isMoved && !row.blocked) continue
    const leaving = isMoved ? undefined : row.leaving
    state.resources.set(keyOf(row.definition, node), { ...row, leaving, blocked: undefined })
  }
}
