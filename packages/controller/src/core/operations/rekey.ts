/** When a change of a volume's key is done: every node that has the volume has said so, or lost it. */
import { nameKey, type VolumeDefinition, volumeDefinitionOf, volumeOf } from '@varve/events'
import type { Draft } from '../draft.ts'

/** A node has applied the document of log position `from`. */
export function noteKeyChange(
  draft: Draft,
  row: VolumeDefinition,
  node: string,
  from: number,
): void {
  const { rekeying } = row
  if (rekeying?.waiting.includes(nameKey(node)) && from >= rekeying.since) changed(draft, row, node)
}

/** Whoever has no such volume any more is waited for no longer. */
export function settleKeyChange(draft: Draft, row: VolumeDefinition): void {
  for (const node of row.rekeying?.waiting ?? []) {
    const volume = volumeOf(draft.state, row.definition, node, row.number)
    if (volume?.pool === undefined) changed(draft, row, node)
  }
}

function changed(draft: Draft, { definition, number, rekeying }: VolumeDefinition, node: string) {
  draft.record({ type: 'volume-definition.key-changed', definition, number, node })
  const isOver = !volumeDefinitionOf(draft.state, definition, number)?.rekeying
  const operation = rekeying?.operation
  if (isOver && operation !== undefined && draft.state.operations.has(operation)) {
    draft.record({ type: 'operation.finished', operation })
  }
}
