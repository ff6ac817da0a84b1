/**
 * What a new volume gets beside its data, and in which pools: caches and DRBD's external metadata.
 * Properties are read here and never again: what is made stays where it is (reference 6).
 */
import {
  type Companion,
  type CompanionRole,
  cacheKib,
  cacheLayers,
  cacheMetadataKib,
  controllerProps,
  externalMetadataKib,
  firstOf,
  groupOf,
  isRefusal,
  leastBcacheKib,
  leastCacheKib,
  nodeOf,
  type Props,
  poolOf,
  type Refusal,
  type ResourceDefinition,
  refuse,
  resourceOf,
  roundUp,
  type State,
  volumeDefinitionOf,
  volumeDefinitionsOf,
} from '@varve/events'
import { granularityOfPool } from '../desired/storage.ts'

/** Where the volume is to be, and what is not in the state yet. */
export type Home = {
  readonly node: string
  readonly number: number
  /** Properties of the resource that is being made. */
  readonly resourceProps?: Props | undefined
  /** It begins as a snapshot, so its metadata comes along at its end. */
  readonly isRestored?: boolean
}

/** False: no volume of it has anything beside its data, wherever it is placed. */
export function mayHaveCompanions(state: State, definition: ResourceDefinition): boolean {
  const { layers } = definition
  if (layers.some((layer) => cacheLayers.has(layer))) return true
  if (!layers.includes('DRBD')) return false
  const isSet = ({ props }: { readonly props: Props }) => props[metadataKey] !== undefined
  const group = groupOf(state, definition.group)
  return (
    isSet(definition) ||
    (group !== undefined && isSet(group)) ||
    volumeDefinitionsOf(state, definition.name).some(isSet) ||
    isSetOnNode(state)
  )
}

const metadataKey = 'StorPoolNameDrbdMeta'

/** Looked for once after each change of a node: there may be a thousand. */
function isSetOnNode({ nodes }: State): boolean {
  let known = onNodes.get(nodes)
  if (known?.version !== nodes.version) {
    const isSet = [...nodes.values()].some(({ props }) => props[metadataKey] !== undefined)
    known = { version: nodes.version, isSet }
    onNodes.set(nodes, known)
  }
  return known.isSet
}

const onNodes = new WeakMap<object, { readonly version: number; readonly isSet: boolean }>()

/** In the order of their roles; a refusal names the property or the pool that is missing. */
export function companionsOf(
  state: State,
  definition: ResourceDefinition,
  home: Home,
): readonly Companion[] | Refusal {
  const found: Companion[] = []
  for (const find of [writecacheOf, cacheOf, bcacheOf, metadataOf]) {
    const some = find(state, definition, home)
    if (isRefusal(some)) return some
    found.push(...some)
  }
  return found
}

type Found = readonly Companion[] | Refusal

function writecacheOf(state: State, definition: ResourceDefinition, home: Home): Found {
  if (!definition.layers.includes('WRITECACHE')) return []
  const chain = chainOf(state, definition, home)
  const pool = firstOf('Writecache/PoolName', chain)
  if (pool === undefined) return noPool('WRITECACHE', 'Writecache/PoolName', definition)
  const wanted = cacheKib(
    firstOf('Writecache/Size', chain) ?? usualShare,
    sizeOf(state, definition, home),
  )
  const sectors = Number(firstOf('Writecache/Options/StartSector', chain) ?? 0)
  const sizeKib = Math.max(wanted, leastWritecacheKib) + Math.ceil(sectors / 2)
  return place(state, home, { role: 'writecache', pool, sizeKib, sectors })
}

function cacheOf(state: State, definition: ResourceDefinition, home: Home): Found {
  if (!definition.layers.includes('CACHE')) return []
  const chain = chainOf(state, definition, home)
  const pool = firstOf('Cache/CachePool', chain)
  if (pool === undefined) return noPool('CACHE', 'Cache/CachePool', definition)
  const volumeKib = sizeOf(state, definition, home)
  const sectors = Number(firstOf('Cache/Blocksize', chain) ?? usualBlockSectors)
  if (sectors % blockUnitSectors !== 0) {
    const problem = `${sectors} is no multiple of ${blockUnitSectors} sectors, which the kernel asks for`
    return refuse('invalid-property', { subject: 'Cache/Blocksize', problem })
  }
  const wanted = cacheKib(firstOf('Cache/Cachesize', chain) ?? usualShare, volumeKib)
  const sizeKib = Math.max(wanted, leastCacheKib(sectors))
  const cache = place(state, home, { role: 'cache', pool, sizeKib, sectors })
  const size = firstOf('Cache/Metasize', chain)
  const metadata = place(state, home, {
    role: 'cache-metadata',
    pool: firstOf('Cache/MetaPool', chain) ?? pool,
    sizeKib: size === undefined ? cacheMetadataKib(sizeKib, sectors) : cacheKib(size, volumeKib),
  })
  if (isRefusal(cache)) return cache
  return isRefusal(metadata) ? metadata : [...cache, ...metadata]
}

function bcacheOf(state: State, definition: ResourceDefinition, home: Home): Found {
  if (!definition.layers.includes('BCACHE')) return []
  const chain = chainOf(state, definition, home)
  const pool = firstOf('BCache/PoolName', chain)
  if (pool === undefined) return noPool('BCACHE', 'BCache/PoolName', definition)
  const offset = firstOf('BCache/DataOffset', chain)
  if (offset !== undefined && Number(offset) !== usualDataOffset) {
    const problem = `${offset} is not built: the data begins after ${usualDataOffset} sectors`
    return refuse('invalid-property', { subject: 'BCache/DataOffset', problem })
  }
  const wanted = cacheKib(
    firstOf('BCache/Size', chain) ?? usualShare,
    sizeOf(state, definition, home),
  )
  return place(state, home, { role: 'bcache', pool, sizeKib: Math.max(wanted, leastBcacheKib) })
}

/** VD > R > RD > RG > N; empty and `.internal` mean that there is none (reference 6). */
function metadataOf(state: State, definition: ResourceDefinition, home: Home): Found {
  if (!definition.layers.includes('DRBD') || home.isRestored) return []
  const resource = resourceOf(state, definition.name, home.node)
  const pool = firstOf(metadataKey, [
    volumeDefinitionOf(state, definition.name, home.number)?.props,
    home.resourceProps ?? resource?.props,
    definition.props,
    groupOf(state, definition.group)?.props,
    nodeOf(state, home.node)?.props,
  ])
  if (pool === undefined || pool === '' || pool === '.internal') return []
  const peers = resource?.peerSlots ?? definition.peerSlots
  const sizeKib = externalMetadataKib(sizeOf(state, definition, home), peers)
  return place(state, home, { role: 'drbd-metadata', pool, sizeKib })
}

const usualShare = '5%'
const usualBlockSectors = 4096
const usualDataOffset = 16
/** dm-cache: blocks are multiples of 32 KiB. */
const blockUnitSectors = 64
/** A superblock, its list of blocks and room for some: with less the kernel says "not enough". */
const leastWritecacheKib = 1024

function place(state: State, { node }: Home, wanted: Companion): Found {
  const pool = poolOf(state, node, wanted.pool)
  if (!pool) {
    const subject = `${wanted.pool} on node ${node}`
    return refuse('not-found', { noun: 'storage pool', subject }, purposes[wanted.role])
  }
  if (pool.provider === 'DISKLESS') {
    return refuse('not-supported', { problem: `Storage pool ${pool.name} has no storage.` })
  }
  const sizeKib = roundUp(wanted.sizeKib, granularityOfPool(pool))
  return [{ ...wanted, pool: pool.name, sizeKib }]
}

const purposes: Readonly<Record<CompanionRole, string>> = {
  writecache: 'It was to hold the cache: see Writecache/PoolName.',
  cache: 'It was to hold the cache: see Cache/CachePool.',
  'cache-metadata': 'It was to hold the metadata of the cache: see Cache/MetaPool.',
  bcache: 'It was to hold the cache: see BCache/PoolName.',
  'drbd-metadata': 'It was to hold DRBD metadata: see StorPoolNameDrbdMeta.',
}

function noPool(layer: string, key: string, { name }: ResourceDefinition): Refusal {
  const remedy = `Name it: varve resource-definition set-property ${name} ${key} <pool>`
  return refuse('no-cache-pool', { subject: layer, required: key }, remedy)
}

/** VD > RD > RG > N > C. */
function chainOf(
  state: State,
  definition: ResourceDefinition,
  { node, number }: Home,
): (Props | undefined)[] {
  return [
    volumeDefinitionOf(state, definition.name, number)?.props,
    definition.props,
    groupOf(state, definition.group)?.props,
    nodeOf(state, node)?.props,
    controllerProps(state),
  ]
}

function sizeOf(state: State, { name }: ResourceDefinition, { number }: Home): number {
  return volumeDefinitionOf(state, name, number)?.sizeKib ?? 0
}
