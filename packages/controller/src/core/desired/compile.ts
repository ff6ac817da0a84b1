/**
 * State → the document of one resource on one node, or of the node itself. The position is put in
 * by the publisher: it is the log sequence at which the contents last changed.
 */
import {
  type DesiredNode,
  type DesiredResource,
  type DesiredVolume,
  type DrbdHost,
  definitionOf,
  type FileSystem,
  isLive,
  nameKey,
  nodeOf,
  type Resource,
  resourceOf,
  type State,
  type Volume,
  type VolumeDefinition,
  volumeDefinitionOf,
  volumesOf,
} from '@varve/events'
import { desiredDrbd, hostsOf, metadataStart, volumeDiskOptions } from './drbd.ts'
import { desiredLuks, type SecretSealer } from './secrets.ts'
import { desiredSnapshots } from './snapshots.ts'
import { desiredStorage } from './storage.ts'

type Unplaced<T> = T extends unknown ? Omit<T, 'v' | 'term' | 'from'> : never
export type ResourceDocument = Unplaced<DesiredResource>
export type NodeDocument = Unplaced<DesiredNode>

/**
 * Undefined: nothing is desired, and nothing is left to take away. Whoever compiles all resources
 * of a definition gives the hosts, which are the same for each of them.
 */
export function compileResource(
  state: State,
  definitionName: string,
  node: string,
  hosts: readonly DrbdHost[] = hostsOf(state, definitionName),
  sealer?: SecretSealer,
): ResourceDocument | undefined {
  const definition = definitionOf(state, definitionName)
  const resource = resourceOf(state, definitionName, node)
  if (!definition || !resource) return undefined
  const volumes = volumesOf(state, definition.name, node)
  const layers = [...definition.layers]
  const common = { node: resource.node, resource: definition.name, layers }
  if (!isLive(resource)) {
    return {
      ...common,
      state: 'absent',
      volumes: volumes.flatMap((volume) => compileVolume(state, resource, volume, sealer)),
    }
  }
  const drbd = layers.includes('DRBD') ? desiredDrbd(state, resource, hosts, sealer) : undefined
  const compiled = volumes.map((volume) => ({
    row: volumeDefinitionOf(state, definition.name, volume.number),
    documents: compileVolume(state, resource, volume, sealer),
  }))
  const snapshots = desiredSnapshots(state, definition.name, node)
  const pick = (live: boolean) =>
    compiled.flatMap(({ row, documents }) => (row && isLive(row) === live ? documents : []))
  return {
    ...common,
    state: 'present',
    kind: resource.kind,
    volumes: pick(true),
    removed: pick(false),
    ...(snapshots.length === 0 ? {} : { snapshots }),
    ...(drbd === undefined ? {} : { drbd }),
  }
}

export function compileNode(state: State, name: string): NodeDocument | undefined {
  const node = nodeOf(state, name)
  if (!node) return undefined
  return {
    node: node.name,
    pools: state.pools.by('node', nameKey(name)).map((pool) => ({
      pool: pool.name,
      provider: pool.provider,
      backing: pool.backing,
      props: pool.props,
    })),
    props: node.props,
  }
}

function compileVolume(
  state: State,
  resource: Resource,
  volume: Volume,
  sealer: SecretSealer | undefined,
): DesiredVolume[] {
  const row = volumeDefinitionOf(state, volume.definition, volume.number)
  if (!row) return []
  const storage = desiredStorage(state, volume)
  const luks = storage && desiredLuks(state, volume, row, sealer)
  const format = formatOn(row, resource)
  const drbd = compileVolumeDrbd(state, resource, volume, row)
  const mustBeThere = storage !== undefined && drbd === undefined && volume.hasBeenInUse
  return [
    {
      number: volume.number,
      sizeKib: row.sizeKib,
      ...(storage === undefined ? {} : { storage }),
      ...(mustBeThere ? { mustBeThere } : {}),
      ...(luks === undefined ? {} : { luks }),
      ...(format === undefined ? {} : { format }),
      ...(drbd === undefined ? {} : { drbd }),
    },
  ]
}

function formatOn({ format }: VolumeDefinition, { node }: Resource): FileSystem | undefined {
  const isMaker = format && !format.done && nameKey(format.node) === nameKey(node)
  return isMaker ? format.fileSystem : undefined
}

function compileVolumeDrbd(
  state: State,
  resource: Resource,
  volume: Volume,
  row: VolumeDefinition,
): DesiredVolume['drbd'] {
  if (row.minor === undefined || row.day0 === undefined) return undefined
  return {
    minor: row.minor,
    day0: row.day0,
    start: metadataStart(state, volume, row),
    resize: row.resizing?.resizer === volume.node,
    disk: volumeDiskOptions(state, resource, volume, row),
  }
}
