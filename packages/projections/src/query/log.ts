/** The log itself: history of one object, entries, and where everything stands. */
import { isRefusal, refuse } from '@varve/events'
import { z } from 'zod'
import { filterArgs } from '../history/filter.ts'
import { entryDetail, type HistoryRow, historyOf, historyRow } from '../history/rows.ts'
import { searchLog } from '../history/search.ts'
import { findObject } from '../object.ts'
import { timelineOf } from '../timeline/timeline.ts'
import type { World } from '../world.ts'
import { defineQuery, notFound, type Query } from './define.ts'

const limit = z.int().min(1).max(1000).default(50)

export const logQueries = {
  history: defineQuery(
    z.strictObject({
      /** Absent: of the whole log; then something else has to be asked for. */
      object: z.string().optional(),
      limit,
      ...filterArgs,
      /** Only entries before this sequence: the next page. */
      before: z.int().min(1).optional(),
    }),
    async (world, { object, before, limit, ...filter }) => {
      const page = { limit, ...(before === undefined ? {} : { before }) }
      if (object === undefined) {
        return { ...(await searchLog(world, filter, page)), isComplete: true }
      }
      const reference = findObject(world, object)
      if (!reference || !world.history.has(reference)) return notFound('history of', object)
      const history = await historyOf(world, reference, page, filter)
      const isAll = before === undefined && Object.values(filter).every((one) => one === undefined)
      // The definition has a history, but this part of it never was.
      const isNothing = history.rows.length === 0 && isAll && history.isComplete
      return isNothing ? notFound('history of', object) : history
    },
  ),
  timeline: defineQuery(
    z.strictObject({ object: z.string(), limit, ...filterArgs }),
    (world, { object, limit, ...filter }) => {
      const reference = findObject(world, object)
      if (!reference || !world.history.has(reference)) return notFound('history of', object)
      return timelineOf(world, reference, limit, filter)
    },
  ),
  log: defineQuery(
    z.strictObject({ limit, before: z.int().min(1).optional() }),
    (world, { before, limit }) => newestEntries(world, limit, before),
  ),
  'log-block': defineQuery(z.strictObject({ sequence: z.int().min(1) }), async (world, args) => {
    const entries = await world.entryAt(args.sequence)
    if (!entries) return notFound('log block', String(args.sequence))
    return {
      sequence: args.sequence,
      entries: entries.map((entry, index) => entryDetail(entry, args.sequence, index, entries)),
    }
  }),
  'state-hash': defineQuery(
    z.strictObject({ sequence: z.int().min(1).optional() }),
    async (world, { sequence = world.state.position.sequence }) => {
      if (!world.stateHashAt) {
        const problem = 'it names its moment itself: a sequence instead of --at'
        return refuse('invalid-arguments', { subject: 'state-hash', problem })
      }
      const stateHash = await world.stateHashAt(sequence)
      return isRefusal(stateHash) ? stateHash : { sequence, stateHash }
    },
  ),
  status: defineQuery(z.strictObject({}), (world) => statusOf(world)),
} as const satisfies Record<string, Query>

/** Newest first, whole blocks until the limit is reached. */
async function newestEntries(
  world: World,
  limit: number,
  before: number | undefined,
): Promise<{ rows: HistoryRow[] }> {
  const rows: HistoryRow[] = []
  let sequence = Math.min(before ?? Number.POSITIVE_INFINITY, world.state.position.sequence + 1) - 1
  for (; sequence >= 1 && rows.length < limit; sequence -= 1) {
    const entries = await world.entryAt(sequence)
    if (!entries) break
    const place = { sequence, siblings: entries }
    rows.push(...entries.map((entry, index) => historyRow(entry, { ...place, index })).reverse())
  }
  return { rows: rows.slice(0, limit) }
}

function statusOf(world: World) {
  const { state } = world
  const nodes = [...state.nodes.values()]
  const online = nodes.filter((node) => node.link.status === 'online').length
  return {
    cluster: world.cluster,
    ...(world.leader === undefined ? {} : { leader: world.leader }),
    ...(world.controller === undefined ? {} : { controller: world.controller }),
    term: state.position.term,
    sequence: state.position.sequence,
    /** Hash of the block at that sequence: what `log verify` has to arrive at. */
    hash: state.position.hash,
    entries: state.position.entries,
    lastEntryAt: state.position.at,
    nodes: nodes.length,
    online,
    storagePools: state.pools.size,
    resourceGroups: state.groups.size,
    resourceDefinitions: state.definitions.size,
    resources: state.resources.size,
    volumes: state.volumes.size,
    operations: state.operations.size,
    ...(world.log === undefined ? {} : { log: world.log }),
  }
}
