/** Nodes and their net interfaces. */
import {
  type Ability,
  type Capabilities,
  type NetInterface,
  type Node,
  nameKey,
  type Props,
} from '@varve/events'
import { type Age, ageOf } from '../age.ts'
import type { Sight } from '../world.ts'

export type NodeStatus = 'online' | 'offline' | 'unknown' | 'deleting'
/** What becomes of its replicas, when they are not to stay. */
export type NodeUse = 'evacuating' | 'evacuated'

export type NodeRow = {
  readonly name: string
  readonly kind: string
  readonly status: NodeStatus
  /** Absent: it is in ordinary use. */
  readonly use?: NodeUse
  /** How long the node has been online or offline; absent while it was never seen. */
  readonly statusAgeMs?: number
  readonly addresses: readonly string[]
  readonly pools: number
  readonly resources: number
  readonly drbd?: string
  readonly version?: string
  readonly observed?: Age
}

export type NodeDetail = NodeRow & {
  readonly uname?: string
  readonly interfaces: readonly NetInterface[]
  readonly capabilities?: Capabilities
  /** What the node cannot do, with the reason, as sentences. */
  readonly unable: readonly string[]
  readonly drift: readonly string[]
  readonly props: Props
  readonly createdAt: number
}

export type NetInterfaceRow = NetInterface & { readonly node: string; readonly isFirst: boolean }

function useOf({ state }: Sight, { evacuation }: Node): { readonly use?: NodeUse } {
  if (!evacuation) return {}
  return { use: state.operations.has(evacuation.operation) ? 'evacuating' : 'evacuated' }
}

export function nodeRow(sight: Sight, node: Node): NodeRow {
  const key = nameKey(node.name)
  const seen = sight.observed.node(node.name)
  const drbd = (seen?.capabilities ?? node.capabilities)?.drbdKernel
  return {
    name: node.name,
    kind: node.kind,
    status: node.phase.status === 'deleting' ? 'deleting' : node.link.status,
    ...(node.link.status === 'unknown'
      ? {}
      : { statusAgeMs: Math.max(0, sight.now - node.link.since) }),
    ...useOf(sight, node),
    addresses: node.interfaces.map((one) => one.address),
    pools: sight.state.pools.countBy('node', key),
    resources: sight.state.resources.countBy('node', key),
    ...(drbd === undefined ? {} : { drbd }),
    ...(seen === undefined
      ? {}
      : { version: seen.version, observed: ageOf(sight, node.name, seen.at) }),
  }
}

export function nodeDetail(sight: Sight, node: Node): NodeDetail {
  const drift = sight.observed.drift(node.name)?.drift ?? []
  return {
    ...nodeRow(sight, node),
    ...(node.uname === undefined ? {} : { uname: node.uname }),
    interfaces: node.interfaces,
    ...(node.capabilities === undefined ? {} : { capabilities: node.capabilities }),
    unable: node.capabilities === undefined ? [] : inabilities(node.capabilities),
    drift: drift.map((one) => `${one.kind} ${one.name} in ${one.where}: ${one.detail}`),
    props: node.props,
    createdAt: node.origin.at,
  }
}

export function netInterfaceRows(node: Node): NetInterfaceRow[] {
  return node.interfaces.map((one, index) => ({ node: node.name, ...one, isFirst: index === 0 }))
}

function inabilities(capabilities: Capabilities): string[] {
  const abilities: [string, Ability | undefined][] = [
    ...Object.entries(capabilities.providers),
    ...Object.entries(capabilities.layers),
  ]
  return abilities.flatMap(([name, ability]) =>
    ability && !ability.able ? [`${name}: ${ability.reason}`] : [],
  )
}
