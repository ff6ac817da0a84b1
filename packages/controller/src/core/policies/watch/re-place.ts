/**
 * Redundancy restored without a hand (reference 12): what was lost with its node is made anew on
 * another one, from a good copy, a few resources at a time. Replicas that somebody deleted on
 * purpose are not missed.
 */
import {
  controllerProps,
  definitionOf,
  firstOf,
  groupOf,
  isLive,
  isRefusal,
  nameKey,
  nodeOf,
  type Reference,
  type ResourceDefinition,
  readReference,
  refer,
  resourcesOf,
  type State,
} from '@varve/events'
import { isGoodCopy } from '../../decide/safety.ts'
import { countMissing } from '../../placement/count.ts'
import { nothingWanted } from '../verdict.ts'
import { awayKey, tooManyAway } from './away.ts'
import { content, type Judgement, patienceMs, type Watcher } from './watcher.ts'

const leastKey = 'DrbdOptions/AutoEvictMinReplicaCount'
/** Resources that are rebuilt at a time: more of them would only share the same disks and cables. */
const mostAtOnce = 16

export const rePlace: Watcher = {
  policy: 're-place',
  keys: [leastKey, awayKey],
  wakes: {
    'resource.lost': (_, { definition }) => [refer('resource-definition', definition)],
    'resource.created': ifMissing,
    'resource.deleted': ifMissing,
    'volume.disk-changed': ifMissing,
    'redundancy.restored': nextInLine,
    'node.connected': nextInLine,
    'storage-pool.created': nextInLine,
    'storage-pool.recovered': nextInLine,
  },
  all: (state) =>
    ['waiting', 'rebuilding'].flatMap((status) =>
      state.definitions.keysBy('missing', status).map((key) => refer('resource-definition', key)),
    ),
  judge({ state, now }, about): Judgement {
    const [name = ''] = readReference(about).names
    const row = definitionOf(state, name)
    if (!row?.missing || !isLive(row)) return content
    const wanted = wantedReplicas(state, row)
    const command = { type: 'replica.re-place' as const, args: { definition: row.name } }
    if (wanted === undefined || isWhole(state, row, wanted)) {
      return { verdict: { ...nothingWanted, notes: [command] } }
    }
    const missing = wanted - countOf(state, row, wanted)
    if (missing <= 0) return { ...content, again: now + patienceMs }
    const held = reasonAgainst(state, row)
    const plural = missing === 1 ? 'a replica' : `${missing} replicas`
    const verdict = {
      commands: [command],
      wish: `place ${plural} of ${row.name} instead of what was lost`,
      ...(held === undefined ? {} : { held }),
    }
    return { verdict, again: now + patienceMs }
  },
}

function ifMissing(state: State, { definition }: { readonly definition: string }): Reference[] {
  const row = definitionOf(state, definition)
  return row?.missing ? [refer('resource-definition', row.name)] : []
}

/** Diskful replicas that there shall be again; undefined when nobody has said how many. */
export function wantedReplicas(state: State, row: ResourceDefinition): number | undefined {
  const group = groupOf(state, row.group)
  const placeCount = group?.filter.placeCount
  if (placeCount === undefined) return undefined
  const chain = [row.props, group?.props, controllerProps(state)]
  const least = Number(firstOf(leastKey, chain) ?? placeCount)
  return Math.min(least, placeCount)
}

function countOf(state: State, row: ResourceDefinition, placeCount: number): number {
  const { name, layers } = row
  const request = { definition: name, filter: { placeCount }, sizeKib: 0, layers }
  const count = countMissing(state, request, resourcesOf(state, name))
  return isRefusal(count) ? placeCount : count.existing
}

/** Fewer replicas than there shall be, whatever state they are in. */
export const isShort = (state: State, row: ResourceDefinition, wanted: number): boolean =>
  countOf(state, row, wanted) < wanted

/** As many good copies as there shall be. */
function isWhole(state: State, row: ResourceDefinition, wanted: number): boolean {
  if (isShort(state, row, wanted)) return false
  const good = resourcesOf(state, row.name).filter(
    (each) => each.kind === 'diskful' && isLive(each) && isGoodCopy(state, each),
  )
  return good.length >= wanted
}

/** What speaks against making anew what is lost, at this moment; as the end of a sentence. */
export function reasonAgainst(state: State, row: ResourceDefinition): string | undefined {
  if (!row.layers.includes('DRBD')) return 'without DRBD a new replica would be empty'
  const sources = resourcesOf(state, row.name).filter(
    (each) =>
      each.kind === 'diskful' &&
      isLive(each) &&
      isGoodCopy(state, each) &&
      nodeOf(state, each.node)?.link.status === 'online',
  )
  if (sources.length === 0) return 'no good copy of it is online'
  const away = tooManyAway(state)
  if (away !== undefined) return away
  const busy = state.definitions.countBy('missing', 'rebuilding')
  const isOne = row.missing?.status === 'rebuilding'
  return busy < mostAtOnce || isOne ? undefined : `${busy} others are being rebuilt first`
}

/** Those that may begin now that others have ended; the rest is woken when these have. */
function nextInLine(state: State): Reference[] {
  const room = mostAtOnce - state.definitions.countBy('missing', 'rebuilding')
  if (room <= 0) return []
  return state.definitions
    .keysBy('missing', 'waiting')
    .slice(0, room)
    .map((key) => refer('resource-definition', nameKey(key)))
}
