/** What exactly would be gone: names as people write them → nodes and pools. */
import {
  isRefusal,
  keyOf,
  nameKey,
  type Refusal,
  refuse,
  resourcesOn,
  type State,
  volumesOf,
} from '@varve/events'
import type { Supposed } from '@varve/projections'
import { requireNode } from '../decide/require.ts'

export type Places = {
  /** Names of nodes that would be gone, or emptied. */
  readonly nodes: readonly string[]
  /** Node and pool. */
  readonly pools: readonly (readonly [string, string])[]
}

export function placesOf(state: State, { change, of }: Supposed): Places | Refusal {
  if (change === 'none') return { nodes: [], pools: [] }
  if (change === 'lose-zone') return zone(state, of[0] ?? '')
  if (change === 'lose-pool') return pools(state, of)
  const nodes: string[] = []
  for (const name of of) {
    const node = requireNode(state, name)
    if (isRefusal(node)) return node
    nodes.push(node.name)
  }
  return { nodes, pools: [] }
}

function zone(state: State, text: string): Places | Refusal {
  const [key = '', ...rest] = text.split('=')
  const value = rest.join('=')
  const nodes = [...state.nodes.values()]
    .filter(({ props }) => (props[key] ?? props[`Aux/${key}`]) === value)
    .map(({ name }) => name)
  if (nodes.length > 0) return { nodes, pools: [] }
  const remedy = 'A zone is a property of its nodes: zone=b stands for Aux/zone=b.'
  return refuse('not-found', { noun: 'node with', subject: text }, remedy)
}

function pools(state: State, names: readonly string[]): Places | Refusal {
  const found: [string, string][] = []
  for (const name of names) {
    const [node = '', pool = ''] = name.split('/')
    const row = state.pools.get(keyOf(node, pool))
    if (!row) {
      const remedy = 'Name it with its node: n1/thin.'
      return refuse('not-found', { noun: 'storage pool', subject: name }, remedy)
    }
    found.push([row.node, row.name])
  }
  return { nodes: [], pools: found }
}

/** Definition (name) → nodes (keys) on which it would be gone. */
export function replicasIn(state: State, places: Places): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>()
  const add = (definition: string, node: string) => {
    const nodes = found.get(definition) ?? new Set()
    found.set(definition, nodes.add(nameKey(node)))
  }
  for (const node of places.nodes) {
    for (const { definition } of resourcesOn(state, node)) add(definition, node)
  }
  for (const [node, pool] of places.pools) {
    for (const { definition } of resourcesOn(state, node)) {
      const isThere = volumesOf(state, definition, node).some(
        (volume) => volume.pool !== undefined && nameKey(volume.pool) === nameKey(pool),
      )
      if (isThere) add(definition, node)
    }
  }
  return found
}
