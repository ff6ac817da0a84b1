/** Where automatic numbers are taken from: the ranges of minors and of TCP ports. */
import { controllerProps, firstOf, limits, nodeOf, type State } from '@varve/events'
import { type ParsedRanges, parseRanges, type Range } from './range.ts'

const normalMinors = parseRanges(limits.minor.auto, limits.minor).ranges
const normalPorts = parseRanges(limits.port.auto, limits.port).ranges
const normalShipping = parseRanges(limits.shippingPort.auto, limits.shippingPort).ranges
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

/** `SnapshotShipping/TcpPortRange` of the controller: where snapshots are received. */
export function shippingRanges(state: State): readonly Range[] {
  const text = controllerProps(state)['SnapshotShipping/TcpPortRange']
  return usable(text, limits.shippingPort, normalShipping)
}

function usable(text: string | undefined, within: Range, otherwise: readonly Range[]) {
  if (text === undefined) return otherwise
  const { ranges } = parseRangesOnce(text, within)
  return ranges.length === 0 ? otherwise : ranges
}

/** Each allocation asks for the same few texts: what they mean within a limit is remembered. */
const meanings = new Map<Range, Map<string, ParsedRanges>>()
const meaningsLimit = 256

function parseRangesOnce(text: string, within: Range): ParsedRanges {
  const texts = meanings.get(within) ?? new Map<string, ParsedRanges>()
  const known = texts.get(text)
  if (known) return known
  meanings.set(within, texts)
  if (texts.size >= meaningsLimit) texts.clear()
  const meaning = parseRanges(text, within)
  texts.set(text, meaning)
  return meaning
}
