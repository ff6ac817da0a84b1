/** Where automatic numbers are taken from: the ranges of minors and of a node's TCP ports. */
import { controllerProps, firstOf, limits, nodeOf, type State } from '@varve/events'
import { parseRanges, type Range } from './range.ts'

const normalMinors = parseRanges(limits.minor.auto, limits.minor).ranges
const normalPorts = parseRanges(limits.port.auto, limits.port).ranges
const nothing: readonly Range[] = []

/** `MinorNrAutoRange` of the controller; when nothing in it is usable, the default range. */
export function minorRanges(state: State): readonly Range[] {
  const text = controllerProps(state).MinorNrAutoRange
  return usable(text, limits.minor, normalMinors)
}

/** `TcpPortAutoRange`, node before controller; when nothing in it is usable, the default range. */
export function portRanges(state: State, node: string): readonly Range[] {
  const text = firstOf('TcpPortAutoRange', [nodeOf(state, node)?.props, controllerProps(state)])
  return usable(text, limits.port, normalPorts)
}

/** `TcpPortsBlocked` of the node: ports that foreign programs hold. Only new allocations care. */
export function blockedPorts(state: State, node: string): readonly Range[] {
  return usable(nodeOf(state, node)?.props.TcpPortsBlocked, limits.port, nothing)
}

function usable(text: string | undefined, within: Range, otherwise: readonly Range[]) {
  if (text === undefined) return otherwise
  const { ranges } = parseRanges(text, within)
  return ranges.length === 0 ? otherwise : ranges
}
