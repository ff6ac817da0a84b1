/**
 * Auto-diskful (reference 11): a diskless resource that is in use for long gets a disk where it is.
 * Then one replica may be too many: it goes as soon as all of them are good.
 */
import {
  controllerProps,
  definitionOf,
  firstOf,
  groupOf,
  isLive,
  isYes,
  nameKey,
  nodeOf,
  type ObservedView,
  type Reference,
  type Resource,
  type ResourceDefinition,
  readReference,
  refer,
  resourcesOf,
  type State,
} from '@varve/events'
import { isGoodCopy } from '../../decide/safety.ts'
import { rankRemovals } from '../../placement/unplace.ts'
import { nothingWanted, type Verdict } from '../verdict.ts'
import { content, type Judgement, patienceMs, type Sight, type Watcher } from './watcher.ts'

const limitKey = 'DrbdOptions/auto-diskful'
const cleanUpKey = 'DrbdOptions/auto-diskful-allow-cleanup'
const minuteMs = 60_000

export const autoDiskful: Watcher = {
  policy: 'auto-diskful',
  keys: [limitKey, cleanUpKey],
  wakes: {
    'resource.opened': (_, { definition }) => [refer('resource-definition', definition)],
    // What it told before it went may be over: it is asked again when it is heard.
    'node.connected': openedOn,
    'auto-diskful.converted': ifConverted,
    'volume.disk-changed': ifConverted,
    'resource.deleted': ifConverted,
  },
  all(state) {
    const opened = state.resources.by('opened', 'yes').map((row) => nameKey(row.definition))
    const names = new Set([...opened, ...state.definitions.keysBy('converted', 'yes')])
    return [...names].map((name): Reference => refer('resource-definition', name))
  },
  judge(sight, about): Judgement {
    const [name = ''] = readReference(about).names
    const row = definitionOf(sight.state, name)
    if (!row || !isLive(row)) return content
    return row.converted === undefined ? judgeUse(sight, row) : judgeSurplus(sight, row)
  },
}

function ifConverted(state: State, { definition }: { readonly definition: string }): Reference[] {
  const row = definitionOf(state, definition)
  return row?.converted === undefined ? [] : [refer('resource-definition', row.name)]
}

function openedOn(state: State, { node }: { readonly node: string }): Reference[] {
  return state.resources
    .by('opened', 'yes')
    .filter((row) => nameKey(row.node) === nameKey(node))
    .map((row) => refer('resource-definition', row.definition))
}

/** The one that has been in use longest comes first; one at a time is converted. */
function judgeUse({ state, now }: Sight, row: ResourceDefinition): Judgement {
  let again: number | undefined
  for (const each of resourcesOf(state, row.name)) {
    const minutes = limitOf(state, row, each)
    if (each.kind === 'diskful' || each.openedAt === undefined || !isLive(each)) continue
    if (minutes === undefined || nodeOf(state, each.node)?.link.status !== 'online') continue
    const at = each.openedAt + minutes * minuteMs
    if (now < at) {
      again = Math.min(again ?? at, at)
      continue
    }
    const args = { definition: row.name, node: each.node }
    return {
      verdict: {
        commands: [{ type: 'replica.make-diskful', args }],
        wish: `give ${row.name} a disk on ${each.node}, where it is in use`,
      },
      again: now + patienceMs,
    }
  }
  return { ...content, again }
}

/** Minutes; undefined: never. */
function limitOf(state: State, row: ResourceDefinition, each: Resource): number | undefined {
  const minutes = Number(firstOf(limitKey, chainOf(state, row, each)) ?? Number.NaN)
  return minutes > 0 ? minutes : undefined
}

function judgeSurplus({ state, observed, now }: Sight, row: ResourceDefinition): Judgement {
  const replicas = resourcesOf(state, row.name).filter(
    (each) => each.kind === 'diskful' && isLive(each),
  )
  // What is still on its way, or broken, is not counted on, so nothing goes for it.
  if (!replicas.every((each) => isGoodCopy(state, each))) {
    return { ...content, again: now + patienceMs }
  }
  const node = surplusOf(state, observed, row, replicas)
  const type = 'replica.clean-up' as const
  const definition = row.name
  const verdict: Verdict =
    node === undefined
      ? { ...nothingWanted, notes: [{ type, args: { definition } }] }
      : {
          commands: [{ type, args: { definition, node } }],
          wish: `remove ${definition} from ${node}`,
        }
  return { verdict, again: now + patienceMs }
}

function surplusOf(
  state: State,
  observed: ObservedView,
  row: ResourceDefinition,
  replicas: readonly Resource[],
): string | undefined {
  const filter = groupOf(state, row.group)?.filter ?? {}
  const mayGo = replicas.filter(
    (each) =>
      nameKey(each.node) !== nameKey(row.converted ?? '') &&
      observed.resource(row.name, each.node)?.role !== 'Primary' &&
      mayBeCleanedUp(state, row, each),
  )
  if (replicas.length <= (filter.placeCount ?? Number.POSITIVE_INFINITY)) return undefined
  const among = mayGo.map((each) => each.node)
  const request = { definition: row.name, layers: row.layers, filter, among }
  return rankRemovals(state, observed, request)[0]?.node
}

/** The controller says yes from the beginning. */
function mayBeCleanedUp(state: State, row: ResourceDefinition, each: Resource): boolean {
  return isYes(firstOf(cleanUpKey, chainOf(state, row, each)) ?? 'true')
}

/** Resource > node > definition > group > controller. */
const chainOf = (state: State, row: ResourceDefinition, each: Resource) => [
  each.props,
  nodeOf(state, each.node)?.props,
  row.props,
  groupOf(state, row.group)?.props,
  controllerProps(state),
]
