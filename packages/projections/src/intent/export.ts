/** The intent that a state holds, in parts that each fit into a message. */
import {
  defaultDisklessPool,
  isLive,
  nameKey,
  nodeOf,
  type Props,
  resourcesOf,
  type State,
  volumeDefinitionsOf,
  volumeGroupsOf,
  volumesOf,
} from '@varve/events'
import { type Page, type PageArgs, pageOf } from '../page.ts'
import { present } from '../present.ts'
import type { Intent } from './schema.ts'

/** One object of the document, and the keys that lead to it. */
export type IntentPart = { readonly path: readonly string[]; readonly value: object }

type Part<K extends keyof Intent> = NonNullable<Intent[K]>

/** In the order in which the objects have to be made. */
export function intentPage(state: State, args: PageArgs): Page<IntentPart> {
  const places = [
    'controller',
    ...state.nodes.keys().map((key) => `node/${key}`),
    ...state.poolDefinitions.keys().map((key) => `storage-pool-definition/${key}`),
    ...state.pools.keys().map((key) => `storage-pool/${key}`),
    ...state.groups.keys().map((key) => `resource-group/${key}`),
    ...state.definitions.keys().map((key) => `resource-definition/${key}`),
  ]
  return pageOf(places, args, (place) => partOf(state, place))
}

/** Pages put together again. Throws nothing: parts come from `intentPage`. */
export function joinIntent(parts: readonly IntentPart[]): object {
  const document: Record<string, unknown> = {}
  for (const { path, value } of parts) {
    let place = document
    for (const key of path.slice(0, -1)) {
      place[key] ??= {}
      // Only objects are ever put on the way to a part.
      place = place[key] as Record<string, unknown>
    }
    const last = path.at(-1)
    if (last !== undefined) place[last] = value
  }
  return document
}

/** `resource-group/fast` → what the document says of it; undefined: it is not there. */
export function partOf(state: State, place: string): IntentPart | undefined {
  const slash = place.indexOf('/')
  const key = place.slice(slash + 1)
  switch (slash === -1 ? place : place.slice(0, slash)) {
    case 'controller':
      return { path: ['properties'], value: own(state.controller.get('')?.props ?? {}) }
    case 'node':
      return nodePart(state, key)
    case 'storage-pool-definition':
      return poolDefinitionPart(state, key)
    case 'storage-pool':
      return poolPart(state, key)
    case 'resource-group':
      return groupPart(state, key)
    default:
      return definitionPart(state, key)
  }
}

function nodePart(state: State, key: string): IntentPart | undefined {
  const row = state.nodes.get(key)
  if (!row || !isLive(row)) return undefined
  const interfaces = row.interfaces.map(
    ({ name, address, port }) => [name, { address, ...present({ port }) }] as const,
  )
  const value: Part<'nodes'>[string] = {
    kind: row.kind,
    interfaces: Object.fromEntries(interfaces),
    properties: own(row.props),
  }
  return { path: ['nodes', row.name], value }
}

function poolDefinitionPart(state: State, key: string): IntentPart | undefined {
  const row = state.poolDefinitions.get(key)
  if (!row || nameKey(row.name) === nameKey(defaultDisklessPool)) return undefined
  return { path: ['storagePoolDefinitions', row.name], value: { properties: own(row.props) } }
}

function poolPart(state: State, key: string): IntentPart | undefined {
  const row = state.pools.get(key)
  // Every node has that one by itself.
  if (!row || nameKey(row.name) === nameKey(defaultDisklessPool)) return undefined
  const node = nodeOf(state, row.node)
  if (!node || !isLive(node)) return undefined
  const { provider, backing, sharedSpace, externalLocking } = row
  const value: Part<'storagePools'>[string][string] = {
    provider,
    backing,
    ...present({ sharedSpace, externalLocking }),
    properties: own(row.props),
  }
  return { path: ['storagePools', row.node, row.name], value }
}

function groupPart(state: State, key: string): IntentPart | undefined {
  const row = state.groups.get(key)
  if (!row) return undefined
  const { description, filter, peerSlots } = row
  const volumeGroups = volumeGroupsOf(state, row.name).map(
    ({ number, gross, props }) =>
      [number, { ...(gross ? { gross } : {}), properties: own(props) }] as const,
  )
  const value: Part<'resourceGroups'>[string] = {
    ...present({ description, peerSlots }),
    filter,
    properties: own(row.props),
    volumeGroups: Object.fromEntries(volumeGroups),
  }
  return { path: ['resourceGroups', row.name], value }
}

function definitionPart(state: State, key: string): IntentPart | undefined {
  const row = state.definitions.get(key)
  if (!row || !isLive(row)) return undefined
  const { name, externalName, group, layers, peerSlots } = row
  const volumes = volumeDefinitionsOf(state, name)
    .filter(isLive)
    .map(({ number, sizeKib, gross, props }) => {
      const volume = { sizeKib, ...(gross ? { gross } : {}), properties: own(props) }
      return [number, volume] as const
    })
  const value: Part<'resourceDefinitions'>[string] = {
    group,
    layers: [...layers],
    peerSlots,
    ...present({ externalName }),
    properties: own(row.props),
    volumes: Object.fromEntries(volumes),
    resources: Object.fromEntries(resourceParts(state, name)),
  }
  return { path: ['resourceDefinitions', name], value }
}

type ResourceIntent = NonNullable<Part<'resourceDefinitions'>[string]['resources']>[string]

/** Tie-breakers come and go by themselves. */
function resourceParts(state: State, definition: string): [string, ResourceIntent][] {
  return resourcesOf(state, definition)
    .filter(isLive)
    .flatMap(({ node, kind, props }) => {
      if (kind === 'tie-breaker') return []
      // The pool that was asked for is kept as this property; the placer's own choice is not.
      const { [poolKey]: asked, ...rest } = own(props)
      const placed = volumesOf(state, definition, node).find((volume) => volume.pool)?.pool
      const pool = kind === 'diskful' ? (placed ?? asked) : undefined
      return [[node, { kind, ...present({ pool }), properties: rest }]]
    })
}

const poolKey = 'StorPoolName'
const quorumSetBy = 'Internal/Drbd/QuorumSetBy'
const quorum = 'DrbdOptions/Resource/quorum'

/** What somebody asked for: without what Varve notes for itself, or decides by itself. */
function own(props: Props): Props {
  const isAutomatic = props[quorumSetBy] !== 'user'
  return Object.fromEntries(
    Object.entries(props)
      .filter(([key]) => !key.startsWith('Internal/') && !(key === quorum && isAutomatic))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  )
}
