/**
 * What if: the rules themselves, on a state that is taken back. Nothing is decided here that would
 * not be decided alike when it happens.
 */
import {
  definitionOf,
  evolve,
  groupOf,
  isLive,
  isRefusal,
  keyOf,
  nameKey,
  nodeOf,
  type ObservedView,
  type Origin,
  type Refusal,
  refer,
  refusalText,
  resourceOf,
  resourcesOf,
  type State,
  type VarveEvent,
  volumeDefinitionOf,
} from '@varve/events'
import type { Prospect, Supposed } from '@varve/projections'
import { placeAutomatically } from '../decide/auto-place.ts'
import { planEvacuation } from '../decide/evacuate.ts'
import { isGoodCopy } from '../decide/safety.ts'
import { Draft } from '../draft.ts'
import { wantedReplicas } from '../policies/watch/re-place.ts'
import { addNode } from './add-node.ts'
import { type Places, placesOf, replicasIn } from './places.ts'
import { hasQuorum } from './quorum.ts'

/** Of an entry that is never written. */
const entry = '7ZZZZZZZZZZZZZZZZZZZZZZZZZ'

/**
 * Yields after each resource, so that whoever else is waiting gets a turn. The state must be nobody
 * else's meanwhile; it is as before in the end.
 */
export function* whatIf(
  state: State,
  observed: ObservedView,
  supposed: Supposed,
): Generator<void, Prospect | Refusal> {
  const places = placesOf(state, supposed)
  if (isRefusal(places)) return places
  const mark = state.undo.begin()
  const position = { ...state.position }
  try {
    const view = addNode(state, observed, supposed.addKib)
    return yield* suppose(state, view, supposed, places)
  } finally {
    state.undo.end(mark, false)
    Object.assign(state.position, position)
  }
}

function* suppose(
  state: State,
  observed: ObservedView,
  { change }: Supposed,
  places: Places,
): Generator<void, Prospect> {
  const found = replicasIn(state, places)
  const [lost, withoutQuorum]: [string[], { definition: string; left: string }[]] = [[], []]
  const isLoss = change !== 'drain'
  for (const [definition, nodes] of isLoss ? found : []) {
    if (losesLastCopy(state, definition, nodes)) lost.push(definition)
    else if (hasQuorum(state, definition, new Set()) && !hasQuorum(state, definition, nodes)) {
      withoutQuorum.push({ definition, left: leftOf(state, definition, nodes) })
    }
    yield
  }
  if (isLoss) yield* lose(state, found, places)
  const draft = draftOn(state, observed)
  if (!isLoss) for (const node of places.nodes) beginEvacuation(draft, node)
  const unplaced: { definition: string; problem: string }[] = []
  const wanting = change === 'none' ? [...state.definitions.values()].map(({ name }) => name) : []
  for (const definition of [...found.keys(), ...wanting]) {
    if (lost.includes(definition)) continue
    const problem = isLoss
      ? rePlace(draft, definition)
      : evacuate(draft, definition, found.get(definition) ?? new Set())
    if (problem !== undefined) unplaced.push({ definition, problem })
    yield
  }
  return {
    gone: [...places.nodes, ...places.pools.map(([node, pool]) => `${node}/${pool}`)],
    affected: found.size,
    lost,
    withoutQuorum,
    unplaced,
    ...placementsIn(state, observed, draft.events),
  }
}

/** There are good copies, and all of them would be gone. */
function losesLastCopy(state: State, name: string, gone: ReadonlySet<string>): boolean {
  const good = resourcesOf(state, name).filter(
    (row) => row.kind === 'diskful' && isLive(row) && isGoodCopy(state, row),
  )
  return good.length > 0 && good.every(({ node }) => gone.has(nameKey(node)))
}

function leftOf(state: State, definition: string, gone: ReadonlySet<string>): string {
  const left = resourcesOf(state, definition).filter(({ node }) => !gone.has(nameKey(node)))
  return left.map(({ node, kind }) => `${node} (${kind})`).join(', ') || 'nobody'
}

function* lose(
  state: State,
  found: ReadonlyMap<string, ReadonlySet<string>>,
  { nodes, pools }: Places,
): Generator<void> {
  const { at, sequence } = state.position
  const origin: Origin = { entry, at, sequence: sequence + 1 }
  const tell = (event: VarveEvent) => evolve(state, event, origin)
  for (const node of nodes) tell({ type: 'node.disconnected', node })
  for (const [node, pool] of pools) {
    const problem = { kind: 'missing', text: 'it is supposed to be gone' } as const
    tell({ type: 'storage-pool.failed', node, pool, problem })
  }
  for (const [definition, keys] of found) {
    for (const key of keys) {
      const row = resourceOf(state, definition, key)
      if (row) tell({ type: 'resource.lost', definition: row.definition, node: row.node })
    }
    yield
  }
}

/** Undefined: as many replicas as there shall be, or they were placed. */
function rePlace(draft: Draft, name: string): string | undefined {
  const row = definitionOf(draft.state, name)
  if (!row || !isLive(row)) return undefined
  const placeCount = wantedReplicas(draft.state, row)
  if (placeCount === undefined) return 'its group does not say how many replicas there shall be'
  const filter = groupOf(draft.state, row.group)?.filter ?? {}
  const wish = { ...filter, placeCount, disklessOnRemaining: false }
  const refused = draft.attempt(() => placeAutomatically(draft, row, wish))
  return refused && refused.refused !== 'already-placed' ? sentenceOf(refused) : undefined
}

function beginEvacuation(draft: Draft, node: string): void {
  if (nodeOf(draft.state, node)?.evacuation) return
  const operation = draft.startOperation('evacuate-node', refer('node', node))
  draft.record({ type: 'node.evacuation-started', node, operation })
}

function evacuate(draft: Draft, definition: string, nodes: ReadonlySet<string>) {
  for (const key of nodes) {
    const node = nodeOf(draft.state, key)?.name ?? key
    planEvacuation(draft, { definition, node })
    const blocked = resourceOf(draft.state, definition, node)?.blocked
    if (blocked) return blocked.problem
  }
  return undefined
}

const sentenceOf = (refusal: Refusal) =>
  [refusalText(refusal), refusal.remedy].filter((part) => part !== undefined).join(' ')

/** Where volumes would come, and what that takes of each pool. */
function placementsIn(state: State, observed: ObservedView, events: readonly VarveEvent[]) {
  const placed: Prospect['placed'][number][] = []
  const pools = new Map<string, Prospect['pools'][number]>()
  let copyKib = 0
  for (const event of events) {
    if (event.type !== 'volume.created' || event.pool === undefined) continue
    const { definition, node, number, pool } = event
    const sizeKib = volumeDefinitionOf(state, definition, number)?.sizeKib ?? 0
    placed.push({ definition, node, pool, sizeKib })
    copyKib += sizeKib
    const key = keyOf(node, pool)
    const addedKib = (pools.get(key)?.addedKib ?? 0) + sizeKib
    pools.set(key, { node, pool, addedKib, freeKib: observed.pool(node, pool)?.freeKib })
  }
  return { placed, copyKib, pools: [...pools.values()] }
}

function draftOn(state: State, observed: ObservedView): Draft {
  const { at, sequence } = state.position
  return new Draft(state, {
    entry,
    now: at,
    sequence: sequence + 1,
    random64: () => '0'.repeat(15).concat('8'),
    observed,
  })
}
