/** Resource definitions and volume definitions as LINSTOR's clients know them. */
import {
  type ResourceDefinition,
  type State,
  type VolumeDefinition,
  volumeDefinitionsOf,
} from '@varve/events'
import { uuidOf } from './uuid.ts'

export function definitionView(
  state: State,
  row: ResourceDefinition,
  { withVolumes = false }: { readonly withVolumes?: boolean } = {},
): object {
  return {
    name: row.name,
    external_name: row.externalName,
    props: row.props,
    flags: row.phase.status === 'live' ? undefined : ['DELETE'],
    layer_data: row.layers.map((type) =>
      type === 'DRBD' ? { type, data: drbdDefinitionView(row) } : { type },
    ),
    uuid: uuidOf(row.origin, 'resource-definition', row.name),
    resource_group_name: row.group,
    ...(withVolumes
      ? {
          volume_definitions: volumeDefinitionsOf(state, row.name).map((volume) =>
            volumeDefinitionView(row, volume),
          ),
        }
      : {}),
  }
}

/** Its shared secret stays sealed: clients need the field, not its content. */
export function drbdDefinitionView(row: ResourceDefinition): object {
  return {
    resource_name_suffix: '',
    peer_slots: row.peerSlots,
    al_stripes: 1,
    al_stripe_size_kib: 32,
    port: row.preferredPort ?? -1,
    transport_type: 'IP',
    secret: '',
    down: false,
  }
}

export function volumeDefinitionView(of: ResourceDefinition, row: VolumeDefinition): object {
  return {
    volume_number: row.number,
    size_kib: row.sizeKib,
    props: row.props,
    flags: volumeDefinitionFlags(of, row),
    layer_data: of.layers.map((type) =>
      type === 'DRBD' ? { type, data: drbdVolumeDefinitionView(row) } : { type },
    ),
    uuid: uuidOf(row.origin, 'volume-definition', row.definition, row.number),
  }
}

export function drbdVolumeDefinitionView(row: VolumeDefinition): object {
  return { resource_name_suffix: '', volume_number: row.number, minor_number: row.minor }
}

function volumeDefinitionFlags(
  { layers }: ResourceDefinition,
  { gross, resizing, phase, initialized }: VolumeDefinition,
): string[] | undefined {
  const flags = [
    ...(phase.status === 'deleting' ? ['DELETE'] : []),
    ...(layers.includes('LUKS') ? ['ENCRYPTED'] : []),
    ...(resizing ? ['RESIZE'] : []),
    ...(gross ? ['GROSS_SIZE'] : []),
    ...(initialized && layers.includes('DRBD') ? ['DRBD_INITIALIZED'] : []),
  ]
  return flags.length === 0 ? undefined : flags
}
