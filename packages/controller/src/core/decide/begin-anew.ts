/**
 * A definition whose replicas are all gone: there is nobody to sync from, so the next replica is
 * the first of a new volume. Its generations are new as well: what a node may still have of before
 * is unrelated data to DRBD, never an older or newer state of this.
 */
import {
  isLive,
  nameKey,
  type Refusal,
  type ResourceDefinition,
  refuse,
  resourcesOf,
  type State,
  volumeDefinitionsOf,
  volumesOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { newGeneration } from './generation.ts'
import { refuseIfInUse } from './safety.ts'

/**
 * Called before a diskful replica is made. Does nothing while a replica, also one that is on its
 * way out, has storage; refused while an absent node still holds what could be wanted back, or
 * while somebody has the volumes open without a disk and waits for exactly that data.
 */
export function beginAnew(draft: Draft, definition: ResourceDefinition): Refusal | undefined {
  const { name } = definition
  if (!definition.layers.includes('DRBD')) return undefined
  const rows = volumeDefinitionsOf(draft.state, name).filter(
    (row) => isLive(row) && row.initialized,
  )
  if (rows.length === 0 || hasStorage(draft.state, name)) return undefined
  const refused = refuseOpenDebt(draft.state, name) ?? refuseUse(draft, name)
  if (refused) return refused
  for (const { definition, number } of rows) {
    const day0 = newGeneration(draft)
    draft.record({ type: 'volume-definition.begun-anew', definition, number, day0 })
  }
  return undefined
}

function hasStorage(state: State, definition: string): boolean {
  return resourcesOf(state, definition).some(({ kind, node }) => {
    const volumes = volumesOf(state, definition, node)
    return kind === 'diskful' || volumes.some(({ pool }) => pool !== undefined)
  })
}

function refuseOpenDebt(state: State, definition: string): Refusal | undefined {
  const debt = [...state.debts.by('definition', nameKey(definition))].at(0)
  if (!debt) return undefined
  const remedy = `No other node has its data, and this would begin without it. Wait until the node returns and has removed it, or say that it never will: varve debt forgive ${debt.node} ${debt.definition}`
  return refuse('debt-open', { subject: debt.node, definition: debt.definition }, remedy)
}

function refuseUse(draft: Draft, definition: string): Refusal | undefined {
  for (const { node } of resourcesOf(draft.state, definition)) {
    const refused = refuseIfInUse(draft, definition, node)
    if (refused) return refused
  }
  return undefined
}
