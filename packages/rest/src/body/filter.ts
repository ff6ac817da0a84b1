/** LINSTOR's AutoSelectFilter, both ways. */
import type { SelectFilter } from '@varve/events'
import { z } from 'zod'
import { flag, int, text } from './lenient.ts'

const texts = z.array(text).optional()

export const FilterBody = z.strictObject({
  place_count: int.optional(),
  additional_place_count: int.optional(),
  node_name_list: texts,
  storage_pool: text.optional(),
  storage_pool_list: texts,
  storage_pool_diskless_list: texts,
  not_place_with_rsc: texts,
  not_place_with_rsc_regex: text.optional(),
  replicas_on_same: texts,
  replicas_on_different: texts,
  x_replicas_on_different_map: z.record(z.string(), int).optional(),
  layer_stack: texts,
  provider_list: texts,
  diskless_on_remaining: flag.optional(),
  diskless_type: text.optional(),
  /** Of size queries alone. */
  overprovision: z.number().optional(),
  port_count: int.optional(),
})
export type FilterBody = z.infer<typeof FilterBody>

/** As commands take it; they judge names and words. Fields that were not given are left out. */
export function filterArgs(given: FilterBody): SelectFilter {
  const pools =
    given.storage_pool_list ??
    (given.storage_pool === undefined || given.storage_pool === ''
      ? undefined
      : [given.storage_pool])
  const fields = {
    placeCount: given.place_count,
    additionalPlaceCount: given.additional_place_count,
    nodes: given.node_name_list,
    pools,
    disklessPools: given.storage_pool_diskless_list,
    notPlaceWith: given.not_place_with_rsc,
    notPlaceWithRegex: given.not_place_with_rsc_regex,
    replicasOnSame: given.replicas_on_same,
    replicasOnDifferent: given.replicas_on_different,
    xReplicasOnDifferent: given.x_replicas_on_different_map,
    layers: given.layer_stack?.map((layer) => layer.toUpperCase()),
    providers: given.provider_list?.map((provider) => provider.toUpperCase()),
    disklessOnRemaining: given.diskless_on_remaining,
    disklessType: given.diskless_type?.toUpperCase().replace(/_(DISKLESS|INITIATOR)$/, ''),
    portCount: given.port_count,
  }
  // Checked against the command's schema where it is sent: an unknown word is refused there.
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as SelectFilter
}

/** As a change of a group: what is empty takes the field away. */
export function filterChanges(given: FilterBody): Record<string, unknown> {
  const isEmpty = (value: unknown) =>
    value === '' ||
    (Array.isArray(value) && value.length === 0) ||
    (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  const fields = Object.entries(filterArgs(given))
  return Object.fromEntries(fields.map(([key, value]) => [key, isEmpty(value) ? null : value]))
}

/** What was never set is left out: clients compare it with what they want. */
export function filterView(filter: SelectFilter): object {
  return {
    place_count: filter.placeCount,
    node_name_list: filter.nodes,
    ...(filter.pools?.length === 1 ? { storage_pool: filter.pools[0] } : {}),
    storage_pool_list: filter.pools,
    not_place_with_rsc: filter.notPlaceWith,
    not_place_with_rsc_regex: filter.notPlaceWithRegex,
    replicas_on_same: filter.replicasOnSame,
    replicas_on_different: filter.replicasOnDifferent,
    x_replicas_on_different_map: filter.xReplicasOnDifferent,
    layer_stack: filter.layers,
    provider_list: filter.providers,
    diskless_on_remaining: filter.disklessOnRemaining,
  }
}
