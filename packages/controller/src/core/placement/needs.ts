/** How much of which pools of a node a resource takes: its data, and what it has beside them. */
import {
  isLive,
  isRefusal,
  nameKey,
  type Props,
  type Refusal,
  type ResourceDefinition,
  type State,
  volumeDefinitionsOf,
} from '@varve/events'
import { companionsOf } from '../allocate/companions.ts'

/** Pool (key) → KiB. */
export type Needs = Map<string, number>

/** What all living volumes of the definition, or the given ones, need beside their data. */
export function companionNeeds(
  state: State,
  definition: ResourceDefinition,
  node: string,
  given: { readonly resourceProps?: Props | undefined; readonly numbers?: readonly number[] } = {},
): Needs | Refusal {
  const { resourceProps, numbers } = given
  const needs: Needs = new Map()
  const rows = volumeDefinitionsOf(state, definition.name).filter(isLive)
  for (const number of numbers ?? rows.map((row) => row.number)) {
    const companions = companionsOf(state, definition, { node, number, resourceProps })
    if (isRefusal(companions)) return companions
    for (const { pool, sizeKib } of companions) addNeed(needs, pool, sizeKib)
  }
  return needs
}

export function addNeed(needs: Needs, pool: string, sizeKib: number): void {
  const key = nameKey(pool)
  needs.set(key, (needs.get(key) ?? 0) + sizeKib)
}
