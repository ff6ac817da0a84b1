/** Why a node would not get one more replica of a resource: the very rules of the autoplacer. */
import {
  definitionOf,
  groupOf,
  isLive,
  isRefusal,
  type Layer,
  mergeFilters,
  nameKey,
  type ObservedView,
  type Refusal,
  refuse,
  resourcesOf,
  type State,
  volumeDefinitionsOf,
} from '@varve/events'
import type { Candidate, WhyNot } from '@varve/projections'
import { requireNode } from '../decide/require.ts'
import { prepareAsk } from '../placement/ask.ts'
import { filterPools } from '../placement/filter.ts'
import { scorePools } from '../placement/score.ts'

const usualLayers: readonly Layer[] = ['DRBD', 'STORAGE']

export function whyNot(
  state: State,
  observed: ObservedView,
  name: string,
  candidate: Candidate,
): WhyNot | Refusal {
  const node = requireNode(state, name)
  if (isRefusal(node)) return node
  const request = requestOf(state, candidate)
  if (isRefusal(request)) return request
  const count = { existing: 0, needed: 1 }
  const ask = prepareAsk(state, observed, { ...request, count })
  if (isRefusal(ask)) return ask
  const filtered = filterPools(ask)
  const { ranked } = scorePools(state, filtered.fitting)
  const isIt = (other: string) => nameKey(other) === nameKey(name)
  return {
    node: node.name,
    verdicts: filtered.rejected.filter((verdict) => isIt(verdict.node)),
    fits: ranked.flatMap(({ pool, score }, at) =>
      isIt(pool.node) ? [{ pool: pool.name, rank: at + 1, score }] : [],
    ),
    fitting: ranked.length,
  }
}

function requestOf(state: State, candidate: Candidate) {
  if ('group' in candidate) {
    const group = groupOf(state, candidate.group)
    if (!group) return refuse('not-found', { noun: 'resource group', subject: candidate.group })
    return {
      filter: mergeFilters(group.filter, { additionalPlaceCount: 1 }),
      sizeKib: candidate.sizeKib,
      layers: group.filter.layers ?? usualLayers,
    }
  }
  const row = definitionOf(state, candidate.definition)
  if (!row) {
    return refuse('not-found', { noun: 'resource definition', subject: candidate.definition })
  }
  const convertible = resourcesOf(state, row.name).filter(
    (other) => isLive(other) && other.kind !== 'diskful',
  )
  return {
    definition: row.name,
    filter: mergeFilters(groupOf(state, row.group)?.filter ?? {}, { additionalPlaceCount: 1 }),
    sizeKib: volumeDefinitionsOf(state, row.name)
      .filter(isLive)
      .reduce((sum, { sizeKib }) => sum + sizeKib, 0),
    layers: row.layers,
    ignoreNodes: convertible.map(({ node }) => node),
  }
}
