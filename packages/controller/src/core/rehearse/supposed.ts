/**
 * What satellites may have reported when a decision was made. The log does not keep it, but it has
 * what was chosen, from what, and why not from the rest: reports are made up that fit to that.
 */
import {
  type Entry,
  keyOf,
  nothingObserved,
  type ObservedConnection,
  type ObservedDevices,
  type ObservedResource,
  type ObservedView,
  poolOf,
  type Resource,
  resourceOf,
  resourcesOf,
  type State,
  volumesOf,
} from '@varve/events'

/**
 * `calm`: nothing is open, all are connected. `in-use`: everything is open. `silent`: no resource
 * was ever reported. A decision counts as reproduced when it comes out the same under one of them.
 */
export const suppositions = ['calm', 'silent', 'in-use'] as const
export type Supposition = (typeof suppositions)[number]

/** KiB: what was chosen had most room, in the order in which it was chosen. */
const muchKib = 2 ** 50
const stepKib = 2 ** 40
const enoughKib = 2 ** 45

export function supposed(
  state: State,
  entries: readonly Entry[],
  supposition: Supposition,
): ObservedView {
  const room = roomOf(entries)
  const devices = devicesOf(entries)
  // Where nothing was weighed, it only counts that there was room.
  const otherKib = entries.some(({ explain }) => explain) ? undefined : enoughKib
  return {
    ...nothingObserved,
    pool(node, pool) {
      const row = poolOf(state, node, pool)
      const freeKib = room.get(keyOf(node, pool)) ?? otherKib
      if (!row || freeKib === undefined) return undefined
      const { name, provider, granularityKib } = row
      const granularity = granularityKib === undefined ? {} : { granularityKib }
      return { pool: name, provider, totalKib: freeKib, freeKib, ...granularity, at: 0 }
    },
    resource(definition, node) {
      const row = resourceOf(state, definition, node)
      return row && supposition !== 'silent' ? reportOf(state, row, supposition) : undefined
    },
    devices: (node) => devices.get(node.toLowerCase()),
  }
}

/** Pool → free KiB: first choice most, then what else was weighed; the others are not known. */
function roomOf(entries: readonly Entry[]): ReadonlyMap<string, number> {
  const room = new Map<string, number>()
  const chosen: string[] = []
  for (const { events, explain } of entries) {
    for (const { node, pool } of explain?.chosen ?? []) chosen.push(keyOf(node, pool))
    for (const event of events) {
      if (!('pool' in event) || !('node' in event) || event.pool === undefined) continue
      chosen.push(keyOf(event.node, event.pool))
    }
    for (const event of events) {
      if (event.type !== 'volume.created') continue
      for (const { pool } of event.companions ?? []) chosen.push(keyOf(event.node, pool))
    }
    for (const [node, pool] of explain?.candidates ?? []) room.set(keyOf(node, pool), enoughKib)
  }
  for (const [index, key] of [...new Set(chosen)].entries()) {
    room.set(key, muchKib - (index + 1) * stepKib)
  }
  return room
}

/** Disks that a pool was made of were there, and empty. */
function devicesOf(entries: readonly Entry[]): ReadonlyMap<string, ObservedDevices> {
  const found = new Map<string, ObservedDevices>()
  for (const event of entries.flatMap((entry) => entry.events)) {
    if (event.type !== 'device-pool.creation-started') continue
    const { node, devices } = event
    const disks = devices.map((device) => ({ ...device, rotational: false }))
    found.set(node.toLowerCase(), { v: 1, node, boot: '', at: 0, devices: disks })
  }
  return found
}

/** What the node of a resource would say when all is as the facts have it. */
function reportOf(
  state: State,
  { definition, node }: Resource,
  supposition: 'calm' | 'in-use',
): ObservedResource {
  const role = supposition === 'calm' ? 'Secondary' : 'Primary'
  const { at } = state.position
  return {
    v: 1,
    node,
    boot: '',
    at,
    resource: definition,
    applied: { term: 1, from: state.position.sequence },
    status: 'applied',
    role,
    volumes: [],
    connections: resourcesOf(state, definition)
      .filter((peer) => peer.node !== node)
      .map(
        (peer): ObservedConnection => ({
          peer: peer.node,
          state: 'Connected',
          peerRole: role,
          volumes: volumesOf(state, definition, peer.node).map(({ number, disk }) => ({
            number,
            peerDisk: disk ?? 'DUnknown',
            replication: 'Established',
          })),
        }),
      ),
  }
}
