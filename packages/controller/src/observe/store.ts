/** The newest observation of everything, in memory; a cache that satellites fill again when asked. */
import {
  keyOf,
  nameKey,
  ObservedDevicePools,
  ObservedDevices,
  ObservedDrift,
  ObservedFiles,
  ObservedNode,
  type ObservedPool,
  ObservedPools,
  ObservedResource,
  type ObservedView,
  readObservedSubject,
} from '@varve/events'

export type Observation =
  | { readonly kind: 'node'; readonly value: ObservedNode }
  | { readonly kind: 'pools'; readonly value: ObservedPools }
  | { readonly kind: 'devices'; readonly value: ObservedDevices }
  | { readonly kind: 'device-pools'; readonly value: ObservedDevicePools }
  | { readonly kind: 'files'; readonly value: ObservedFiles }
  | { readonly kind: 'drift'; readonly value: ObservedDrift }
  | { readonly kind: 'resource'; readonly value: ObservedResource }

export type ObservedStore = ObservedView & {
  /** Parses and keeps a message; undefined when it is no observation that can be read. */
  readonly take: (subject: string, payload: string) => Observation | undefined
  readonly has: (subject: string) => boolean
  /** Everything that is kept: what a new leader looks through for facts. */
  readonly all: () => Iterable<Observation>
  readonly forgetNode: (node: string) => void
  readonly forgetResource: (definition: string, node: string) => void
}

const schemas = {
  node: ObservedNode,
  pools: ObservedPools,
  devices: ObservedDevices,
  'device-pools': ObservedDevicePools,
  files: ObservedFiles,
  drift: ObservedDrift,
  resource: ObservedResource,
} as const

export function createObservedStore(): ObservedStore {
  const newest = new Map<string, Observation>()
  const nodes = new Map<string, ObservedNode>()
  const devices = new Map<string, ObservedDevices>()
  const files = new Map<string, ObservedFiles>()
  const drifts = new Map<string, ObservedDrift>()
  const resources = new Map<string, ObservedResource>()
  const pools = new Map<string, Map<string, ObservedPool & { at: number }>>()

  function keep(observation: Observation): void {
    const node = nameKey(observation.value.node)
    switch (observation.kind) {
      case 'node':
        nodes.set(node, observation.value)
        return
      // Only ever a fact, which is made of the message itself.
      case 'device-pools':
        return
      case 'devices':
        devices.set(node, observation.value)
        return
      case 'files':
        files.set(node, observation.value)
        return
      case 'drift':
        drifts.set(node, observation.value)
        return
      case 'resource':
        resources.set(keyOf(observation.value.resource, node), observation.value)
        return
      case 'pools': {
        const { at } = observation.value
        pools.set(
          node,
          new Map(observation.value.pools.map((row) => [nameKey(row.pool), { ...row, at }])),
        )
      }
    }
  }

  return {
    node: (node) => nodes.get(nameKey(node)),
    drift: (node) => drifts.get(nameKey(node)),
    files: (node) => files.get(nameKey(node)),
    devices: (node) => devices.get(nameKey(node)),
    pool: (node, pool) => pools.get(nameKey(node))?.get(nameKey(pool)),
    resource: (definition, node) => resources.get(keyOf(definition, node)),
    has: (subject) => newest.has(placeOf(subject)),
    all: () => newest.values(),
    take(subject, payload) {
      const observation = read(subject, payload)
      if (observation) {
        newest.set(placeOf(subject), observation)
        keep(observation)
      }
      return observation
    },
    forgetNode(node) {
      for (const map of [nodes, devices, files, drifts, pools]) map.delete(nameKey(node))
      for (const [subject, { value }] of newest) {
        if (nameKey(value.node) === nameKey(node)) newest.delete(subject)
      }
    },
    forgetResource(definition, node) {
      resources.delete(keyOf(definition, node))
      newest.delete(keyOf('resource', definition, node))
    },
  }
}

/** Where an observation is kept: the same for every message about the same thing. */
function placeOf(subject: string): string {
  const about = readObservedSubject(subject)
  return about ? keyOf(about.kind, about.name, about.node) : subject
}

/** The subject says whose word it is; a document that claims another node is not believed. */
function read(subject: string, payload: string): Observation | undefined {
  const about = readObservedSubject(subject)
  if (!about) return undefined
  const parsed = schemas[about.kind].safeParse(parseJson(payload))
  if (!parsed.success || nameKey(parsed.data.node) !== nameKey(about.node)) return undefined
  // The schema was chosen by the same kind.
  return { kind: about.kind, value: parsed.data } as Observation
}

function parseJson(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return undefined
  }
}
