/** Resource groups and the volume groups inside them. */
import {
  nameKey,
  type Props,
  type ResourceGroup,
  type SelectFilter,
  type VolumeGroup,
  volumeGroupsOf,
} from '@varve/events'
import type { Sight } from '../world.ts'

export type ResourceGroupRow = {
  readonly name: string
  readonly description?: string
  readonly filter: SelectFilter
  readonly volumeGroups: number
  readonly definitions: number
}

export type VolumeGroupRow = {
  readonly group: string
  readonly number: number
  readonly gross: boolean
  readonly props: Props
}

export type ResourceGroupDetail = Omit<ResourceGroupRow, 'volumeGroups'> & {
  readonly volumeGroups: readonly VolumeGroupRow[]
  readonly peerSlots?: number
  readonly props: Props
  readonly createdAt: number
}

export function resourceGroupRow({ state }: Sight, group: ResourceGroup): ResourceGroupRow {
  const key = nameKey(group.name)
  return {
    name: group.name,
    ...(group.description === undefined ? {} : { description: group.description }),
    filter: group.filter,
    volumeGroups: state.volumeGroups.countBy('group', key),
    definitions: state.definitions.countBy('group', key),
  }
}

export function resourceGroupDetail(sight: Sight, group: ResourceGroup): ResourceGroupDetail {
  return {
    ...resourceGroupRow(sight, group),
    volumeGroups: volumeGroupsOf(sight.state, group.name).map(volumeGroupRow),
    ...(group.peerSlots === undefined ? {} : { peerSlots: group.peerSlots }),
    props: group.props,
    createdAt: group.origin.at,
  }
}

export function volumeGroupRow(row: VolumeGroup): VolumeGroupRow {
  return { group: row.group, number: row.number, gross: row.gross, props: row.props }
}
