/** Causes and effects about one object in the order in which they happened. */
import type { FoldedEntry, VarveEvent } from '@varve/events'
import { type HistoryFilter, matches } from '../history/filter.ts'
import { ownerOf, referencesOf } from '../history/references.ts'
import { entriesOf, type HistoryRow, historyRow, type Place } from '../history/rows.ts'
import type { World } from '../world.ts'

export type TimelineRow = HistoryRow & {
  /** How many causes of it stand before it. */
  readonly depth: number
  /** Nodes that it changed something on, in the order of their names. */
  readonly nodes: readonly string[]
  /** Good copies of the definition after it, as far as entries about it tell; absent: of no definition. */
  readonly good?: number
}

export type Timeline = {
  readonly object: string
  readonly rows: readonly TimelineRow[]
  /** False: there were more, before the first. */
  readonly isWhole: boolean
}

/** Oldest first; the newest `limit` that match. */
export async function timelineOf(
  world: World,
  object: string,
  limit: number,
  filter: HistoryFilter,
): Promise<Timeline> {
  const key = object.toLowerCase()
  const isOwner = ownerOf(key) === key
  const isAbout = ({ events }: FoldedEntry) =>
    isOwner || events.some((event) => referencesOf(event).some((one) => one.toLowerCase() === key))
  const found: { entry: FoldedEntry; place: Place }[] = []
  let isWhole = world.history.isComplete(object)
  for await (const { entry, ...place } of entriesOf(world, object)) {
    if (!isAbout(entry) || !matches(entry, place.sequence, filter)) continue
    if (found.length === limit) {
      isWhole = false
      break
    }
    found.push({ entry, place })
  }
  return { object, rows: rowsOf(found.reverse(), object), isWhole }
}

function rowsOf(
  found: readonly { entry: FoldedEntry; place: Place }[],
  object: string,
): TimelineRow[] {
  const depths = new Map<string, number>()
  const good = new Set<string>()
  const hasCopies = object.toLowerCase().startsWith('resource-definition/')
  return found.map(({ entry, place }) => {
    const [cause] = entry.cause?.split('.') ?? []
    const before = cause === undefined ? undefined : depths.get(cause)
    const depth = before === undefined ? 0 : before + 1
    depths.set(entry.id, depth)
    for (const event of entry.events) count(good, event)
    return {
      ...historyRow(entry, place, object),
      depth,
      nodes: [...new Set(entry.events.flatMap(nodesOf))].sort(),
      ...(hasCopies ? { good: good.size } : {}),
    }
  })
}

/** Which nodes have a good copy, of the first volume that tells: enough for a picture. */
function count(good: Set<string>, event: VarveEvent): void {
  if (event.type === 'volume.disk-changed') {
    if (event.disk === 'UpToDate') good.add(event.node)
    else good.delete(event.node)
  } else if (event.type === 'resource.deleted' || event.type === 'resource.lost') {
    good.delete(event.node)
  }
}

function nodesOf(event: VarveEvent): string[] {
  if ('node' in event) return [event.node]
  return 'nodes' in event ? event.nodes.map(({ node }) => node) : []
}
