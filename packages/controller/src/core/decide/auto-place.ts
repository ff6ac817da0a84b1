/** Resources where the autoplacer wants them. */
import {
  type Args,
  defaultDisklessPool,
  groupOf,
  isLive,
  isRefusal,
  mergeFilters,
  poolOf,
  type Refusal,
  type ResourceDefinition,
  resourcesOf,
  type SelectFilter,
  volumeDefinitionsOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { refuseIncapable } from '../placement/capability.ts'
import { autoPlace } from '../placement/place.ts'
import { placeResource } from './place-resource.ts'
import { refuseIfDeleting, requireDefinition } from './require.ts'
import { beginVolumes } from './volume.ts'

export function autoPlaceResources(
  draft: Draft,
  args: Args<'resource.auto-place'>,
): Refusal | undefined {
  const definition = requireDefinition(draft.state, args.definition)
  if (isRefusal(definition)) return definition
  const deleting = refuseIfDeleting('Resource definition', definition.name, definition)
  if (deleting) return deleting
  const group = groupOf(draft.state, definition.group)
  return placeAutomatically(draft, definition, mergeFilters(group?.filter ?? {}, args.filter))
}

/** Places what the merged filter asks for; nothing missing is no event. */
export function placeAutomatically(
  draft: Draft,
  definition: ResourceDefinition,
  filter: SelectFilter,
): Refusal | undefined {
  const sizeKib = volumeDefinitionsOf(draft.state, definition.name)
    .filter(isLive)
    .reduce((sum, row) => sum + row.sizeKib, 0)
  const diskless = filter.disklessType !== undefined
  // Diskless peers and tie-breakers may become diskful; diskful ones never lose their data for it.
  const convertible = resourcesOf(draft.state, definition.name)
    .filter((row) => !diskless && row.kind !== 'diskful' && isLive(row))
    .map((row) => row.node)
  const placement = autoPlace(draft.state, draft.context.observed, {
    definition: definition.name,
    filter,
    sizeKib,
    layers: definition.layers,
    diskless,
    ignoreNodes: convertible,
  })
  draft.explain = placement.explanation
  if (isRefusal(placement)) return placement
  for (const { node, pool } of placement.chosen) {
    const refused = placeResource(draft, definition, {
      node,
      kind: diskless ? 'diskless' : 'diskful',
      ...(diskless ? {} : { pool, diskfulBy: 'auto-placer' }),
      ...(filter.portCount === undefined ? {} : { portCount: filter.portCount }),
    })
    if (refused) return refused
  }
  if (filter.disklessOnRemaining) {
    const refused = placeOnRemaining(draft, definition)
    if (refused) return refused
  }
  beginVolumes(draft, definition.name)
  draft.reply = {
    ...draft.reply,
    placed: placement.chosen.map(({ node, pool }) => (diskless ? { node } : { node, pool })),
  }
  return undefined
}

/** Clients (non-voting) or initiators on every other node that could run one (reference 7.6). */
function placeOnRemaining(draft: Draft, definition: ResourceDefinition): Refusal | undefined {
  const taken = new Set(
    resourcesOf(draft.state, definition.name)
      .filter((row) => row.kind !== 'tie-breaker')
      .map((row) => row.node),
  )
  for (const node of draft.state.nodes.values()) {
    const able = poolOf(draft.state, node.name, defaultDisklessPool) && isLive(node)
    if (!able || taken.has(node.name)) continue
    const { layers, name } = definition
    const kind = layers.includes('NVME') ? 'diskless' : 'client'
    if (refuseIncapable(draft.state, node, { layers, kind, definition: name })) continue
    const refused = placeResource(draft, definition, { node: node.name, kind })
    if (refused) return refused
  }
  return undefined
}
