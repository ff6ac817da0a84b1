/**
 * The autoplacer: count what is missing, filter the pools, score the rest, choose a set. Both
 * outcomes carry the explanation (reference 7).
 */
import {
  isRefusal,
  type ObservedView,
  type PlacementExplanation,
  type Refusal,
  refuse,
  resourcesOf,
  type State,
} from '@varve/events'
import { type Ask, prepareAsk } from './ask.ts'
import { countMissing } from './count.ts'
import { explain, explainNothing, explanationLines } from './explain.ts'
import { type Filtered, filterPools } from './filter.ts'
import type { Placement, PlacementRefusal, PlacementRequest } from './request.ts'
import { type Scores, scorePools } from './score.ts'
import { selectPools } from './search.ts'

export type { Placement, PlacementRefusal, PlacementRequest } from './request.ts'

/** Chooses nodes and pools for what is missing. Nothing missing is a placement of none. */
export function autoPlace(
  state: State,
  observed: ObservedView,
  request: PlacementRequest,
): Placement | PlacementRefusal {
  const { definition } = request
  const resources = definition === undefined ? [] : resourcesOf(state, definition)
  const count = countMissing(state, request, resources)
  if (isRefusal(count)) return { ...count, explanation: explainNothing(request, 0) }
  if (count.needed === 0) {
    const note = `${count.existing} of ${count.existing} replicas are there: nothing to place`
    return { chosen: [], explanation: explainNothing(request, 0, note) }
  }
  const ask = prepareAsk(state, observed, { ...request, count })
  if (isRefusal(ask)) return { ...ask, explanation: explainNothing(request, count.needed) }

  const filtered = filterPools(ask)
  const scores = scorePools(state, filtered.fitting)
  const selection = selectPools(ask, scores.ranked)
  if (!selection.found) return refusePlacement(ask, { filtered, scores }, selection.stopped)
  return {
    chosen: selection.chosen.map(({ pool }) => ({
      node: pool.node,
      pool: pool.name,
      provider: pool.provider,
    })),
    explanation: explain(ask, { filtered, scores }, { chosen: selection.chosen }),
  }
}

function refusePlacement(
  ask: Ask,
  seen: { readonly filtered: Filtered; readonly scores: Scores },
  stopped: boolean,
): PlacementRefusal {
  const nodes = new Set(seen.filtered.fitting.map(({ node }) => node.name)).size
  const together = nodes >= ask.needed ? togetherNote(ask, nodes) : undefined
  const explanation = explain(ask, seen, {
    chosen: [],
    ...(together === undefined ? {} : { note: together }),
  })
  const refusal = stopped
    ? refuse('undecidable-placement', { problem: 'the constraints allow too many combinations' })
    : refuseNodes(ask, explanation, nodes)
  return { ...refusal, details: explanationLines(explanation), explanation }
}

function refuseNodes(ask: Ask, explanation: PlacementExplanation, nodes: number): Refusal {
  const { needed } = ask
  if (nodes >= needed) {
    const fields = { required: needed, measured: `${nodes} alone but no ${needed} together` }
    return refuse('not-enough-nodes', fields, 'Relax the constraints between replicas.')
  }
  const later = explanation.rejected.find(({ answer }) => answer === 'not-now')
  const remedy =
    later === undefined
      ? 'Add nodes or storage pools, or relax the filter.'
      : `Not for ever: node ${later.node} does not fit because ${later.reason}.`
  return refuse('not-enough-nodes', { required: needed, measured: nodes }, remedy)
}

/** Which constraints stand between nodes that would each do. */
function togetherNote(ask: Ask, nodes: number): string {
  const { same, different } = ask.constraints
  const named = [
    ...same.map(({ key }) => `same ${key}`),
    ...different.map(({ key, limit }) => `at most ${limit} per ${key}`),
  ]
  const why =
    named.length > 0 ? named.join(', ') : 'one per shared space, kinds of storage that mix'
  return `${nodes} nodes fit alone, but not ${ask.needed} together: ${why}`
}
