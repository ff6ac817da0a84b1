/** Resource definitions and their volume definitions. */
import {
  groupOf,
  type Layer,
  nameKey,
  type Props,
  type ResourceDefinition,
  type Rollback,
  resourcesOf,
  type VolumeDefinition,
  volumeDefinitionsOf,
} from '@varve/events'
import { present } from '../present.ts'
import type { Sight } from '../world.ts'
import { type ResourceRow, resourceRow } from './resource.ts'

export type ResourceDefinitionRow = {
  readonly name: string
  readonly externalName?: string
  readonly group: string
  readonly layers: readonly Layer[]
  readonly status: 'live' | 'rolling-back' | 'deleting' | 'trashed'
  /** Sum of its volumes, as users asked for. */
  readonly sizeKib: number
  readonly volumes: number
  readonly resources: number
}

export type VolumeDefinitionRow = {
  readonly definition: string
  readonly number: number
  readonly sizeKib: number
  readonly gross: boolean
  readonly minor?: number
  readonly status: 'live' | 'resizing' | 'deleting'
  readonly isInitialized: boolean
}

export type VolumeDefinitionDetail = VolumeDefinitionRow & {
  readonly fromKib?: number
  readonly source?: string
  readonly props: Props
  readonly createdAt: number
}

export type ResourceDefinitionDetail = Omit<ResourceDefinitionRow, 'volumes' | 'resources'> & {
  readonly volumes: readonly VolumeDefinitionRow[]
  readonly resources: readonly ResourceRow[]
  readonly placeCount?: number
  readonly peerSlots: number
  readonly retiredNodeIds: readonly number[]
  readonly rollback?: Pick<Rollback, 'snapshot' | 'phase' | 'operation'>
  /** Why the last one was given up. */
  readonly rollbackProblem?: ResourceDefinition['rollbackProblem']
  readonly props: Props
  readonly createdAt: number
}

export function resourceDefinitionRow(
  { state }: Sight,
  definition: ResourceDefinition,
): ResourceDefinitionRow {
  const volumes = volumeDefinitionsOf(state, definition.name)
  return {
    name: definition.name,
    ...(definition.externalName === undefined ? {} : { externalName: definition.externalName }),
    group: definition.group,
    layers: definition.layers,
    status: definition.rollback ? 'rolling-back' : definition.phase.status,
    sizeKib: volumes.reduce((sum, volume) => sum + volume.sizeKib, 0),
    volumes: volumes.length,
    resources: state.resources.countBy('definition', nameKey(definition.name)),
  }
}

export function resourceDefinitionDetail(
  sight: Sight,
  definition: ResourceDefinition,
): ResourceDefinitionDetail {
  const { state } = sight
  const placeCount = groupOf(state, definition.group)?.filter.placeCount
  return {
    ...resourceDefinitionRow(sight, definition),
    volumes: volumeDefinitionsOf(state, definition.name).map(volumeDefinitionRow),
    resources: resourcesOf(state, definition.name).map((one) => resourceRow(sight, one)),
    ...(placeCount === undefined ? {} : { placeCount }),
    peerSlots: definition.peerSlots,
    retiredNodeIds: definition.retired.map((retired) => retired.nodeId),
    ...present({ rollback: rollbackOf(definition), rollbackProblem: definition.rollbackProblem }),
    props: definition.props,
    createdAt: definition.origin.at,
  }
}

function rollbackOf({ rollback }: ResourceDefinition): ResourceDefinitionDetail['rollback'] {
  if (!rollback) return undefined
  const { snapshot, phase, operation } = rollback
  return { snapshot, phase, operation }
}

export function volumeDefinitionRow(row: VolumeDefinition): VolumeDefinitionRow {
  const isResizing = row.resizing !== undefined
  return {
    definition: row.definition,
    number: row.number,
    sizeKib: row.sizeKib,
    gross: row.gross,
    ...(row.minor === undefined ? {} : { minor: row.minor }),
    status: row.phase.status === 'deleting' ? 'deleting' : isResizing ? 'resizing' : 'live',
    isInitialized: row.initialized,
  }
}

export function volumeDefinitionDetail(row: VolumeDefinition): VolumeDefinitionDetail {
  return {
    ...volumeDefinitionRow(row),
    ...(row.resizing === undefined ? {} : { fromKib: row.resizing.fromKib }),
    ...(row.source === undefined ? {} : { source: row.source.node }),
    props: row.props,
    createdAt: row.origin.at,
  }
}
