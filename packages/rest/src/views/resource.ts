/** Resources as LINSTOR's clients know them: flags, state, and the tree of their layers. */
import {
  definitionOf,
  isLive,
  type Layer,
  nodeOf,
  type ObservedResource,
  type Resource,
  type ResourceDefinition,
  volumeDefinitionOf,
  volumesOf,
} from '@varve/events'
import { isOnline, type World } from '@varve/projections'
import { drbdDefinitionView } from './resource-definition.ts'
import { uuidOf } from './uuid.ts'
import { drbdVolumeView, layerVolumeView, type VolumeSight, volumeView } from './volume.ts'

export function resourceView(world: World, resource: Resource, withVolumes: boolean): object {
  const { state } = world
  const definition = definitionOf(state, resource.definition)
  if (!definition) return {}
  const observed = believed(world, resource)
  const sights = volumesOf(state, resource.definition, resource.node).map(
    (volume): VolumeSight => ({
      volume,
      definition: volumeDefinitionOf(state, volume.definition, volume.number),
      seen: observed?.volumes.find(({ number }) => number === volume.number),
    }),
  )
  return {
    name: resource.definition,
    node_name: resource.node,
    props: resourceProps(resource, sights),
    flags: flagsOf(resource, definition),
    layer_object: layerTree(definition, { resource, observed, sights }, definition.layers),
    ...(resource.space === undefined ? {} : { shared_name: resource.space }),
    ...(observed === undefined ? {} : { state: { in_use: observed.role === 'Primary' } }),
    uuid: uuidOf(resource.origin, 'resource', resource.definition, resource.node),
    create_timestamp: resource.origin.at,
    ...(withVolumes
      ? {
          volumes: sights.map((sight) =>
            volumeView(state, { definition, resource, observed }, sight),
          ),
        }
      : {}),
  }
}

/** What was said before the node went down is no word about what is there now. */
export function believed(
  world: World,
  { definition, node }: Resource,
): ObservedResource | undefined {
  if (!isOnline(world, node)) return undefined
  const seen = world.observed.resource(definition, node)
  const link = nodeOf(world.state, node)?.link
  return link?.status === 'online' && seen?.boot === link.boot ? seen : undefined
}

/** Where its volumes lie is a property to LINSTOR. */
function resourceProps({ props }: Resource, [first]: readonly VolumeSight[]) {
  const pool = first?.volume.pool
  return pool === undefined ? props : { StorPoolName: pool, ...props }
}

function flagsOf(resource: Resource, { layers }: ResourceDefinition): string[] | undefined {
  const flags = [
    ...(isLive(resource) ? [] : ['DELETE']),
    ...(resource.kind === 'diskful' ? [] : ['DISKLESS', disklessFlag(layers)]),
    ...(resource.kind === 'tie-breaker' ? ['TIE_BREAKER'] : []),
    ...(resource.inactive ? [activityFlag(resource)] : []),
    ...(resource.adding ? ['DISK_ADDING'] : []),
    ...(resource.removing ? ['DISK_REMOVING'] : []),
  ]
  return flags.length === 0 ? undefined : flags
}

/** Until its node has said that it is closed it is on its way there. */
const activityFlag = ({ inactive }: Resource) =>
  inactive?.operation === undefined ? 'INACTIVE' : 'INACTIVATING'

const disklessFlag = (layers: readonly Layer[]) =>
  layers.includes('DRBD') ? 'DRBD_DISKLESS' : 'NVME_INITIATOR'

type Parts = {
  readonly resource: Resource
  readonly observed: ObservedResource | undefined
  readonly sights: readonly VolumeSight[]
}

/** Names of the members that hold what a layer has to say. */
const members = {
  LUKS: ['luks', 'luks_volumes'],
  CACHE: ['cache', 'cache_volumes'],
  WRITECACHE: ['writecache', 'writecache_volumes'],
  BCACHE: ['bcache', 'bcache_volumes'],
  NVME: ['nvme', 'nvme_volumes'],
  STORAGE: ['storage', 'storage_volumes'],
} as const satisfies Record<Exclude<Layer, 'DRBD'>, readonly [string, string]>

function layerTree(
  definition: ResourceDefinition,
  parts: Parts,
  [layer, ...below]: readonly Layer[],
): object {
  const children = below.length === 0 ? [] : [layerTree(definition, parts, below)]
  const tree = { type: layer, resource_name_suffix: '', children }
  if (layer === undefined) return tree
  if (layer === 'DRBD') return { ...tree, drbd: drbdView(definition, parts) }
  const [member, volumes] = members[layer]
  const rows = parts.sights.map((sight) => layerVolumeView(sight, layer))
  return { ...tree, [member]: { [volumes]: rows } }
}

function drbdView(definition: ResourceDefinition, { resource, observed, sights }: Parts): object {
  const connections = (observed?.connections ?? []).map(
    ({ peer, state }) => [peer, { connected: state === 'Connected', message: state }] as const,
  )
  return {
    drbd_resource_definition: drbdDefinitionView(definition),
    node_id: resource.nodeId,
    tcp_ports: resource.ports,
    peer_slots: resource.peerSlots ?? definition.peerSlots,
    al_stripes: 1,
    al_size: 32,
    flags: [
      ...(resource.kind === 'diskful' ? ['INITIALIZED'] : ['DISKLESS', 'INITIALIZED']),
      ...(resource.kind === 'client' ? ['CLIENT'] : []),
    ],
    drbd_volumes: sights.map((sight) => drbdVolumeView(resource, sight)),
    connections: Object.fromEntries(connections),
    ...promotionOf(resource, observed),
  }
}

/** DRBD's own score of a replica that is UpToDate with all it needs; a diskless one scores little. */
const scores = { diskful: 10_101, diskless: 1 }

/** Whether it could be opened here now: good data in reach, a quorum, and nobody else has it. */
export function promotionOf(resource: Resource, seen: ObservedResource | undefined) {
  const isLocal =
    resource.kind === 'diskful' &&
    seen !== undefined &&
    seen.volumes.length > 0 &&
    seen.volumes.every(({ disk }) => disk === 'UpToDate')
  const isRemote = seen?.connections.some(
    ({ volumes }) => volumes.length > 0 && volumes.every(({ peerDisk }) => peerDisk === 'UpToDate'),
  )
  const isPossible = (isLocal || isRemote === true) && seen?.quorum !== false
  const isTaken = seen?.connections.some(({ peerRole }) => peerRole === 'Primary') === true
  return {
    promotion_score: isPossible ? (isLocal ? scores.diskful : scores.diskless) : 0,
    may_promote: isPossible && !isTaken && seen?.role !== 'Primary',
  }
}
