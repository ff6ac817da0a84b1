/** What speaks against a replica when one has to go (reference 15). */
import {
  isRefusal,
  type Layer,
  type Node,
  nameKey,
  nodeOf,
  type ObservedView,
  poolOf,
  type Resource,
  type SelectFilter,
  type State,
  volumesOf,
} from '@varve/events'
import { readEntry } from './constraint.ts'
import { keepApart } from './keep-apart.ts'

export type RemovalRequest = {
  readonly definition: string
  readonly layers: readonly Layer[]
  /** The resource group's filter: what replicas should be like. */
  readonly filter: SelectFilter
  /** Nodes to choose among; absent: all with a diskful replica. */
  readonly among?: readonly string[]
}

/** A replica among all of its definition. */
export type Subject = { readonly row: Resource; readonly replicas: readonly Resource[] }

export function reasonsAgainst(
  state: State,
  observed: ObservedView,
  request: RemovalRequest,
  subject: Subject,
): string[] {
  return [
    ...againstFilter(state, request, subject.row),
    ...againstValues(state, request.filter, subject),
    ...againstHealth(state, observed, request, subject),
  ]
}

function againstFilter(state: State, request: RemovalRequest, row: Resource): string[] {
  const { filter, layers } = request
  const reasons: string[] = []
  const apart = keepApart(state, filter, { definition: request.definition, staying: [] })
  const neighbour = isRefusal(apart) ? undefined : apart.get(nameKey(row.node))
  if (neighbour !== undefined) reasons.push(neighbour)
  if (filter.layers?.length && filter.layers.join() !== layers.join()) {
    reasons.push(
      `its layers are ${layers.join(',')}, the group asks for ${filter.layers.join(',')}`,
    )
  }
  if (isOutside(filter.nodes, row.node)) reasons.push('its node is not in the list of nodes')
  const pools = poolsOf(state, row)
  if (pools.some((pool) => filter.providers?.length && !filter.providers.includes(pool.provider))) {
    reasons.push('its provider is not in the list of providers')
  }
  if (pools.some((pool) => isOutside(filter.pools, pool.name))) {
    reasons.push('its pool is not in the list of storage pools')
  }
  return reasons
}

/** Fixed values, full groups, and a key on which the replicas should agree but do not. */
function againstValues(state: State, filter: SelectFilter, { row, replicas }: Subject): string[] {
  const reasons: string[] = []
  const has = (resource: Resource, key: string) => nodeOf(state, resource.node)?.props[key]
  for (const entry of filter.replicasOnSame ?? []) {
    const { key, value } = readEntry(entry)
    const mine = has(row, key)
    if (value !== undefined && mine !== value) reasons.push(`its ${key} is not ${value}`)
    if (value !== undefined) continue
    for (const other of replicas) {
      if (other === row || has(other, key) === mine) continue
      reasons.push(`its ${key} is not that of node ${other.node}`)
    }
  }
  const limits = new Map<string, number>()
  for (const entry of filter.replicasOnDifferent ?? []) {
    const { key, value } = readEntry(entry)
    if (value === undefined) limits.set(key, 1)
    else if (has(row, key) === value) reasons.push(`its ${key} is ${value}`)
  }
  for (const [key, limit] of Object.entries(filter.xReplicasOnDifferent ?? {})) {
    limits.set(key, limit)
  }
  for (const [key, limit] of limits) {
    const mine = has(row, key)
    const sharing = replicas.filter((other) => has(other, key) === mine).length
    if (mine !== undefined && sharing > limit) {
      reasons.push(`${sharing} replicas have ${key} ${mine}; ${limit} may`)
    }
  }
  return reasons
}

function againstHealth(
  state: State,
  observed: ObservedView,
  request: RemovalRequest,
  { row, replicas }: Subject,
): string[] {
  if (!request.layers.includes('DRBD')) return []
  const reasons: string[] = []
  const volumes = volumesOf(state, row.definition, row.node)
  if (volumes.some(({ disk }) => disk !== 'UpToDate')) reasons.push('it is not UpToDate')
  const seen = observed.resource(row.definition, row.node)
  const connected = new Set(
    seen?.connections.filter(({ state: link }) => link === 'Connected').map((c) => nameKey(c.peer)),
  )
  const missing = replicas.find(
    (peer) =>
      peer !== row && isOnline(nodeOf(state, peer.node)) && !connected.has(nameKey(peer.node)),
  )
  if (missing) reasons.push(`it is not connected to node ${missing.node}`)
  return reasons
}

/** Pools of the replica, each once. */
export function poolsOf(state: State, row: Resource) {
  const names = new Set(
    volumesOf(state, row.definition, row.node).flatMap(({ pool }) => (pool ? [nameKey(pool)] : [])),
  )
  return [...names].flatMap((name) => poolOf(state, row.node, name) ?? [])
}

function isOutside(list: readonly string[] | undefined, name: string): boolean {
  if (list === undefined || list.length === 0) return false
  return !list.some((one) => nameKey(one) === nameKey(name))
}

const isOnline = (node: Node | undefined): boolean => node?.link.status === 'online'
