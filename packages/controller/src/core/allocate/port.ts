/**
 * TCP ports of a DRBD resource on one node. Each node has its own ports, but a resource gets the
 * same number on all its nodes where it can: people read configurations (reference 1).
 */
import {
  definitionOf,
  nameKey,
  portsOf,
  type Refusal,
  refuse,
  resourcesOf,
  type State,
} from '@varve/events'
import { blockedPorts, portRanges } from './auto-range.ts'
import { formatRanges, isWithin } from './range.ts'

export type PortRequest = {
  readonly definition: string
  readonly node: string
  /** How many ports; without it, as many as `ports` names, else one. */
  readonly count?: number
  /** Ports asked for by number: all of them or a refusal. */
  readonly ports?: readonly number[]
}

/**
 * Ports for a new resource, ascending; the lowest is the one that the configuration uses.
 * Order of choice: those asked for, the definition's preferred port, ports that peers of the
 * resource have on their nodes, the lowest free ones.
 */
export function allocatePorts(state: State, request: PortRequest): readonly number[] | Refusal {
  const { node } = request
  const held = portsOf(node)
  const blocked = blockedPorts(state, node)
  const chosen = new Set<number>()
  const isTaken = (port: number) => chosen.has(port) || isWithin(blocked, port)

  for (const port of request.ports ?? []) {
    if (state.numbers.has(held, port) || isWithin(blocked, port)) {
      const remedy = 'Choose another port or leave it out to have a free one chosen.'
      return refuse('port-used', { measured: port, subject: node }, remedy)
    }
    chosen.add(port)
  }

  const count = request.count ?? Math.max(chosen.size, 1)
  for (const port of familiarPorts(state, request)) {
    if (chosen.size >= count) break
    if (!state.numbers.has(held, port) && !isTaken(port)) chosen.add(port)
  }

  const ranges = portRanges(state, node)
  for (const { min, max } of ranges) {
    while (chosen.size < count) {
      const free = state.numbers.lowestFree(held, min, max, isTaken)
      if (free === undefined) break
      chosen.add(free)
    }
  }
  if (chosen.size < count) {
    const remedy = 'Widen TcpPortAutoRange or shorten TcpPortsBlocked of the node.'
    return refuse('ports-exhausted', { subject: node, required: formatRanges(ranges) }, remedy)
  }
  return [...chosen].sort((a, b) => a - b)
}

/** Numbers that the resource already goes by: the preferred port, then those of its peers. */
function familiarPorts(state: State, { definition, node }: PortRequest): number[] {
  const preferred = definitionOf(state, definition)?.preferredPort
  const ports = preferred === undefined ? [] : [preferred]
  for (const peer of resourcesOf(state, definition)) {
    if (nameKey(peer.node) !== nameKey(node)) ports.push(...peer.ports)
  }
  return ports
}
