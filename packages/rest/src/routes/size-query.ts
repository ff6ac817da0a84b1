/** How large a volume of a group can be: a plan of the smallest one says where it would lie. */
import { randomUUID } from 'node:crypto'
import {
  defaultGroup,
  groupOf,
  type Layer,
  type ResourceGroup,
  type SelectFilter,
  type StoragePool,
} from '@varve/events'
import { z } from 'zod'
import type { Entry } from '../answer/entry.ts'
import { printEntry } from '../answer/entry.ts'
import { refusedEntry } from '../answer/refused.ts'
import { FilterBody, filterArgs } from '../body/filter.ts'
import { int } from '../body/lenient.ts'
import type { Call } from '../call.ts'
import { change, json, type Route, read } from '../route.ts'
import { capacityKib, isAllThin, largestKib, type Place } from '../views/size.ts'
import { groupIn } from './find.ts'

const smallestKib = 4
/** LINSTOR's for thin pools; each pool may have its own. */
const defaultRatio = 20
const defaultLayers: readonly Layer[] = ['DRBD', 'STORAGE']

const QueryBody = z.strictObject({
  select_filter: FilterBody.optional(),
  /** Nothing is cached: every answer is of this moment. */
  ignore_cache_older_than_sec: int.optional(),
})
/** Python’s library gives the filter’s fields without their object. */
const LooseBody = z.union([
  QueryBody,
  FilterBody.transform((select_filter) => ({ select_filter, ignore_cache_older_than_sec: -1 })),
])

export const sizeQueryRoutes: readonly Route[] = [
  change(
    {
      method: 'POST',
      path: '/v1/resource-groups/{resource_group}/query-size-info',
      on: ['none', 'resource-group'],
      summary: 'Largest volume, free and whole capacity, where the next one would lie',
      body: LooseBody,
    },
    async (call) => {
      const group = groupIn(call, call.params.resource_group)
      return group && json(await sizeInfo(call, group, call.body.select_filter))
    },
  ),
  change(
    {
      method: 'POST',
      path: '/v1/queries/resource-groups/query-all-size-info',
      on: ['none', 'resource-group'],
      summary: 'The same of all groups',
      body: LooseBody,
    },
    async (call) => {
      const result: Record<string, object> = {}
      for (const group of [...call.world.state.groups.values()]) {
        result[group.name] = await sizeInfo(call, group, call.body.select_filter)
      }
      return json({ result })
    },
  ),
  read(
    '/v1/resource-groups/{resource_group}/query-max-volume-size',
    'Largest volume in each storage pool (older form)',
    async (call) => {
      const group = groupIn(call, call.params.resource_group)
      return group && json(await maxVolumeSizes(call, group, {}))
    },
  ),
  change(
    {
      method: 'OPTIONS',
      path: '/v1/query-max-volume-size',
      on: ['none', 'resource-group'],
      summary: 'The same for a filter of its own',
      body: FilterBody,
    },
    async (call) => {
      const group = groupOf(call.world.state, defaultGroup)
      return group && json(await maxVolumeSizes(call, group, call.body))
    },
  ),
]

type Planned = { readonly places: readonly Place[]; readonly refused?: Entry }

async function placesFor(call: Call, group: string, filter: SelectFilter): Promise<Planned> {
  // Planned, never made: nobody has this name.
  const planned = `size_${randomUUID().replaceAll('-', '')}`
  const reply = await call.attempt(
    'resource-group.spawn',
    { group, definition: planned, sizesKib: [smallestKib], partial: true, filter },
    { plan: true },
  )
  if (reply.ok) return { places: reply.explain?.chosen ?? [] }
  return { places: [], refused: reply.invalid ?? refusedEntry(reply.refusal) }
}

async function sizeInfo(call: Call, group: ResourceGroup, asked: FilterBody | undefined) {
  const filter = filterArgs(asked ?? {})
  const { places, refused } = await placesFor(call, group.name, filter)
  const { world } = call
  const whole = { ...group.filter, ...filter }
  const replicas = whole.placeCount ?? places.length
  const { freeKib, totalKib } = capacityKib(world, poolsMeant(call, whole), replicas)
  const report = refused && printEntry(refused, ['none', 'resource-group'], world.now)
  return {
    space_info: {
      max_vlm_size_in_kib: largestKib(world, places, whole.layers ?? defaultLayers),
      available_size_in_kib: freeKib,
      capacity_in_kib: totalKib,
      default_max_oversubscription_ratio: defaultRatio,
      next_spawn_result: places.map(({ node, pool }) => ({
        node_name: node,
        stor_pool_name: pool,
      })),
    },
    ...(report === undefined ? {} : { reports: [report] }),
  }
}

/** One candidate for each pool name that the replicas fit in. */
async function maxVolumeSizes(call: Call, group: ResourceGroup, asked: FilterBody) {
  const filter = filterArgs(asked)
  const whole = { ...group.filter, ...filter }
  const names = new Set(poolsMeant(call, whole).map(({ name }) => name))
  const candidates: object[] = []
  for (const pool of [...names].sort()) {
    const { places } = await placesFor(call, group.name, { ...filter, pools: [pool] })
    if (places.length === 0) continue
    candidates.push({
      storage_pool: pool,
      max_volume_size_kib: largestKib(call.world, places, whole.layers ?? defaultLayers),
      node_names: places.map(({ node }) => node),
      all_thin: isAllThin(call.world, places),
    })
  }
  return { candidates, default_max_oversubscription_ratio: defaultRatio }
}

/** Pools that the filter names, without its finer rules: what there is, not where the next goes. */
function poolsMeant({ world }: Call, filter: SelectFilter): StoragePool[] {
  const isNamed = (names: readonly string[] | undefined, name: string) =>
    names === undefined || names.some((one) => one.toLowerCase() === name.toLowerCase())
  return [...world.state.pools.values()].filter(
    ({ provider, name, node }) =>
      provider !== 'DISKLESS' &&
      isNamed(filter.pools, name) &&
      isNamed(filter.nodes, node) &&
      (filter.providers === undefined || filter.providers.includes(provider)),
  )
}
