/** Volumes of resources as LINSTOR's clients know them. */
import {
  defaultDisklessPool,
  type ObservedResource,
  type ObservedVolume,
  poolOf,
  type Resource,
  type ResourceDefinition,
  type State,
  type Volume,
  type VolumeDefinition,
} from '@varve/events'
import { drbdVolumeDefinitionView } from './resource-definition.ts'
import { uuidOf } from './uuid.ts'

/** One volume with all that is said about it, gathered once for the layers and the volume itself. */
export type VolumeSight = {
  readonly volume: Volume
  readonly definition: VolumeDefinition | undefined
  readonly seen: ObservedVolume | undefined
}

/** `resource` undefined: its node has not said anything, or is not there to say it. */
export function volumeView(
  state: State,
  of: {
    readonly definition: ResourceDefinition
    readonly resource: Resource
    readonly observed: ObservedResource | undefined
  },
  sight: VolumeSight,
): object {
  const { volume, definition, seen } = sight
  const { resource } = of
  const pool = volume.pool ?? defaultDisklessPool
  const isDiskless = volume.pool === undefined
  const isReplicated = of.definition.layers.includes('DRBD')
  return {
    volume_number: volume.number,
    storage_pool_name: pool,
    provider_kind: isDiskless ? 'DISKLESS' : poolOf(state, volume.node, pool)?.provider,
    device_path: seen?.device,
    allocated_size_kib: isDiskless ? 0 : seen?.allocatedKib,
    props: { ...volume.props, ...symlinksOf(seen) },
    flags: definition?.phase.status === 'deleting' ? ['DELETE'] : undefined,
    ...(of.observed === undefined
      ? {}
      : { state: volumeState(of.observed, resource, sight, isReplicated) }),
    layer_data_list: of.definition.layers.map((type) => ({
      type,
      data: type === 'DRBD' ? drbdVolumeView(resource, sight) : layerVolumeView(sight, type),
    })),
    uuid: uuidOf(volume.origin, 'volume', volume.definition, volume.node, volume.number),
  }
}

/** As LINSTOR has them: `Satellite/Device/Symlinks/0` and on. */
function symlinksOf(seen: ObservedVolume | undefined): Record<string, string> {
  const links = seen?.symlinks ?? []
  return Object.fromEntries(links.map((link, at) => [`Satellite/Device/Symlinks/${at}`, link]))
}

export function drbdVolumeView(resource: Resource, { volume, definition, seen }: VolumeSight) {
  const meta = volume.companions?.find(({ role }) => role === 'drbd-metadata')
  return {
    drbd_volume_definition: definition && drbdVolumeDefinitionView(definition),
    device_path: seen?.device,
    backing_device: seen?.backing,
    allocated_size_kib: volume.pool === undefined ? 0 : seen?.backingKib,
    usable_size_kib: seen?.deviceKib ?? definition?.sizeKib,
    disk_state: diskState(resource, seen),
    ext_meta_stor_pool: meta?.pool,
  }
}

/** Of every layer but DRBD. */
export function layerVolumeView({ volume, definition, seen }: VolumeSight, layer: string): object {
  const isStorage = layer === 'STORAGE'
  return {
    volume_number: volume.number,
    device_path: isStorage ? (seen?.backing ?? seen?.device) : seen?.device,
    ...(isStorage ? {} : { backing_device: seen?.backing }),
    allocated_size_kib: volume.pool === undefined ? 0 : (seen?.allocatedKib ?? seen?.backingKib),
    usable_size_kib: seen?.backingKib ?? definition?.sizeKib,
    ...(layer === 'LUKS' ? { opened: seen?.device !== undefined } : {}),
  }
}

/** DRBD's word; a resync in percent; nothing without DRBD. */
export function diskState(
  resource: Resource,
  seen: ObservedVolume | undefined,
): string | undefined {
  if (resource.kind !== 'diskful') return 'Diskless'
  if (seen?.disk === 'Inconsistent' && seen.done !== undefined) {
    return `SyncTarget(${seen.done.toFixed(2)}%)`
  }
  return seen?.disk
}

function volumeState(
  { connections }: ObservedResource,
  resource: Resource,
  { volume, seen }: VolumeSight,
  isReplicated: boolean,
): object {
  if (!isReplicated) return {}
  const states = connections.flatMap(({ peer, volumes }) => {
    const row = volumes.find(({ number }) => number === volume.number)
    if (!row) return []
    const { replication, done } = row
    return [[peer, { replication_state: replication, done_percentage: done }] as const]
  })
  return { disk_state: diskState(resource, seen), replication_states: Object.fromEntries(states) }
}
