/**
 * Balance (reference 14): as many replicas as the group asks for, no fewer and no more. One that is
 * too many goes only when all are good and have been left alone for a while.
 */
import {
  controllerProps,
  definitionOf,
  firstOf,
  groupOf,
  isLive,
  isYes,
  nodeOf,
  type Reference,
  type Resource,
  type ResourceDefinition,
  type ResourceGroup,
  readReference,
  refer,
  resourcesOf,
  type State,
} from '@varve/events'
import { isGoodCopy } from '../../decide/safety.ts'
import { rankRemovals } from '../../placement/unplace.ts'
import type { Verdict } from '../verdict.ts'
import { tooManyAway } from './away.ts'
import { content, type Judgement, type Sight, type Watcher } from './watcher.ts'

const enabledKey = 'BalanceResourcesEnabled'
const graceKey = 'BalanceResourcesGracePeriod'
const intervalKey = 'BalanceResourcesInterval'
const skipKey = 'BalanceResourcesSkipDiskLimit'
const usualSeconds = 3_600

type About = { readonly definition: string }
const itself = (state: State, { definition }: About): Reference[] => [
  refer('resource-definition', definitionOf(state, definition)?.name ?? definition),
]

export const balance: Watcher = {
  policy: 'balance',
  keys: [enabledKey, graceKey, intervalKey, skipKey],
  wakes: {
    'resource.created': itself,
    'resource.deleted': itself,
    'resource.lost': itself,
    'resource.kind-changed': itself,
    'resource-definition.group-changed': itself,
    'resource-group.filter-changed': (state, { group }) =>
      state.definitions
        .keysBy('group', group.toLowerCase())
        .map((key) => refer('resource-definition', key)),
  },
  all: (state) => state.definitions.keys().map((key) => refer('resource-definition', key)),
  judge(sight, about): Judgement {
    const { state, now } = sight
    const [name = ''] = readReference(about).names
    const row = definitionOf(state, name)
    const group = row && groupOf(state, row.group)
    const placeCount = group?.filter.placeCount
    if (!row || !group || placeCount === undefined || !isLive(row)) return content
    const replicas = resourcesOf(state, row.name).filter((each) => each.kind === 'diskful')
    // Most definitions end here, so that a look at all of them is a matter of milliseconds.
    if (replicas.length === placeCount || replicas.length === 0) return content
    const chain = [row.props, group.props, controllerProps(state)]
    if (!isYes(firstOf(enabledKey, chain) ?? 'true') || !row.layers.includes('DRBD')) return content
    const graceMs = secondsOf(firstOf(graceKey, [controllerProps(state)])) * 1000
    const restsAt = Math.max(...replicas.map(({ origin }) => origin.at)) + graceMs
    if (now < restsAt) return { ...content, again: restsAt }
    const again = now + secondsOf(firstOf(intervalKey, [controllerProps(state)])) * 1000
    const verdict = wishOf(sight, { row, group, replicas }, placeCount)
    return { verdict: verdict ?? content.verdict, again }
  },
}

const secondsOf = (text: string | undefined): number => {
  const seconds = Number(text ?? usualSeconds)
  return seconds > 0 ? seconds : usualSeconds
}

type Balanced = {
  readonly row: ResourceDefinition
  readonly group: ResourceGroup
  readonly replicas: readonly Resource[]
}

function wishOf(sight: Sight, balanced: Balanced, placeCount: number): Verdict | undefined {
  const { state } = sight
  const { row, replicas } = balanced
  const held = tooManyAway(state) ?? unrestOf(state, balanced)
  const said = held === undefined ? {} : { held }
  const definition = row.name
  if (replicas.length < placeCount) {
    // What went with its node is the matter of another policy.
    if (row.missing) return undefined
    const args = { definition, filter: { placeCount } }
    const wish = `place ${placeCount - replicas.length} more of ${definition}`
    return { commands: [{ type: 'resource.auto-place', args }], wish, ...said }
  }
  // The one that a policy has just made is not another one's surplus.
  if (row.converted !== undefined || row.missing) return undefined
  const node = surplusOf(sight, balanced)
  if (node === undefined) return undefined
  const wish = `remove ${definition} from ${node}: the group asks for ${placeCount} replicas`
  return { commands: [{ type: 'resource.delete', args: { definition, node } }], wish, ...said }
}

/** Why it is not to be touched now. */
function unrestOf(state: State, { row, replicas }: Balanced): string | undefined {
  const limit = Number(controllerProps(state)[skipKey] ?? 1)
  const skipped = replicas.filter(({ props }) => isYes(props['DrbdOptions/SkipDisk'])).length
  if (skipped > limit) return `${skipped} replicas of ${row.name} skip their disks`
  for (const each of replicas) {
    if (!isLive(each)) return `its replica on ${each.node} is being removed`
    if (nodeOf(state, each.node)?.link.status !== 'online') return `node ${each.node} is away`
    if (!isGoodCopy(state, each)) return `its replica on ${each.node} is not UpToDate`
  }
  return undefined
}

function surplusOf(sight: Sight, { row, group, replicas }: Balanced): string | undefined {
  const { state, observed } = sight
  const among = replicas
    .filter((each) => observed.resource(row.name, each.node)?.role === 'Secondary')
    .map(({ node }) => node)
  const request = { definition: row.name, layers: row.layers, filter: group.filter, among }
  return rankRemovals(state, observed, request)[0]?.node
}
