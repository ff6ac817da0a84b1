/** Volumes of a resource, and which replica a new volume's data begins on. */
import {
  definitionOf,
  isLive,
  isRefusal,
  ownerOf,
  type Props,
  type Refusal,
  type Resource,
  resourcesOf,
  twinsOf,
  type Volume,
  volumeDefinitionsOf,
  volumeOf,
} from '@varve/events'
import { companionsOf } from '../allocate/companions.ts'
import type { Draft } from '../draft.ts'
import { settleTurns } from '../operations/turn.ts'
import { chooseFormats } from './format.ts'
import { newGeneration } from './generation.ts'
import { refuseOtherSpace } from './shared-space.ts'

export type NewVolume = {
  readonly number: number
  readonly pool: string | undefined
  readonly from?: { readonly definition: string; readonly snapshot: string }
  /** Of a resource that gets its properties afterwards. */
  readonly resourceProps?: Props | undefined
}

export function createVolume(
  draft: Draft,
  resource: Resource,
  { number, pool, from, resourceProps }: NewVolume,
): Refusal | undefined {
  const definition = definitionOf(draft.state, resource.definition)
  const isRestored = from !== undefined
  const home = { node: resource.node, number, resourceProps, isRestored }
  const companions =
    definition && pool !== undefined ? companionsOf(draft.state, definition, home) : []
  if (isRefusal(companions)) return companions
  const parted =
    definition && pool !== undefined
      ? refuseOtherSpace(draft.state, definition, resource, pool)
      : undefined
  if (parted) return parted
  const [twin] = pool === undefined ? [] : twinVolumes(draft, resource, number)
  draft.record({
    type: 'volume.created',
    definition: resource.definition,
    node: resource.node,
    number,
    ...(pool === undefined ? {} : { pool }),
    ...(from === undefined ? {} : { from }),
    ...(companions.length === 0 ? {} : { companions: [...companions] }),
    ...(twin === undefined ? {} : { owner: ownerOf(twin) }),
  })
  if (resource.space !== undefined) settleTurns(draft, resource.definition)
  return undefined
}

/** The same storage, as it is known on other nodes. */
function twinVolumes(draft: Draft, resource: Resource, number: number): Volume[] {
  return twinsOf(draft.state, resource).flatMap(
    ({ definition, node }) => volumeOf(draft.state, definition, node, number) ?? [],
  )
}

/** How the content of new volumes begins: from which replica, and with which file system. */
export function beginVolumes(draft: Draft, definition: string): void {
  chooseSources(draft, definition)
  chooseFormats(draft, definition)
}

/**
 * Each replicated volume that has none yet gets its source: the first diskful replica there is.
 * Once chosen and initialized it is never chosen again: data only comes from good copies then.
 */
function chooseSources(draft: Draft, definition: string): void {
  if (!definitionOf(draft.state, definition)?.layers.includes('DRBD')) return
  const first = resourcesOf(draft.state, definition)
    .filter((row) => row.kind === 'diskful' && isLive(row))
    .at(0)
  if (!first) return
  for (const row of volumeDefinitionsOf(draft.state, definition)) {
    if (row.initialized || !isLive(row)) continue
    const source = row.source && volumeOf(draft.state, definition, row.source.node, row.number)
    if (source?.pool !== undefined && !source.isLeaving) continue
    draft.record({
      type: 'volume-definition.source-chosen',
      definition: row.definition,
      number: row.number,
      node: first.node,
      generation: newGeneration(draft),
    })
  }
}
