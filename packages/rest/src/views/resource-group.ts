/** Resource groups and their volume groups as LINSTOR's clients know them. */
import type { ResourceGroup, VolumeGroup } from '@varve/events'
import { filterView } from '../body/filter.ts'
import { uuidOf } from './uuid.ts'

export function resourceGroupView(row: ResourceGroup): object {
  return {
    name: row.name,
    description: row.description,
    props: row.props,
    select_filter: filterView(row.filter),
    uuid: uuidOf(row.origin, 'resource-group', row.name),
    peer_slots: row.peerSlots,
  }
}

export function volumeGroupView(group: ResourceGroup, row: VolumeGroup): object {
  return {
    volume_number: row.number,
    props: row.props,
    flags: row.gross ? ['GROSS_SIZE'] : undefined,
    uuid: uuidOf(group.origin, 'volume-group', group.name, row.number),
  }
}
