/**
 * The trash (decision 0028): a deleted definition is closed on all nodes and keeps its name, its
 * numbers and its storage, so that taking it back changes nothing on any disk.
 */
import {
  type Args,
  cacheLayers,
  controllerProps,
  groupOf,
  isLive,
  isRefusal,
  type Refusal,
  type ResourceDefinition,
  refuse,
  resourcesOf,
  type State,
  trashRetentionMs,
  volumeDefinitionsOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { refuseIfDeleting, requireDefinition } from './require.ts'

/** How long it would stay, ms; undefined: there is no trash for it. */
export const retentionOf = (state: State, row: ResourceDefinition): number | undefined =>
  trashRetentionMs([row.props, groupOf(state, row.group)?.props, controllerProps(state)])

export function putIntoTrash(
  draft: Draft,
  row: ResourceDefinition,
  retentionMs: number,
): Refusal | undefined {
  const problem = obstacleOf(draft.state, row)
  if (problem !== undefined) {
    const remedy = `To have it gone at once, with its data: varve resource-definition delete ${row.name} --skip-trash`
    return refuse('not-for-trash', { subject: row.name, problem }, remedy)
  }
  const until = draft.context.now + retentionMs
  draft.record({ type: 'resource-definition.put-into-trash', definition: row.name, until })
  draft.reply = { trash: `it stays until ${new Date(until).toISOString()}` }
  return undefined
}

export function restoreFromTrash(draft: Draft, args: Args<'trash.restore'>): Refusal | undefined {
  const row = requireDefinition(draft.state, args.definition)
  if (isRefusal(row)) return row
  if (row.phase.status !== 'trashed') {
    return refuseIfDeleting('Resource definition', row.name, row) ?? refuseNotInTrash(row.name)
  }
  draft.record({ type: 'resource-definition.taken-from-trash', definition: row.name })
  return undefined
}

export const refuseNotInTrash = (definition: string): Refusal =>
  refuse('not-found', { noun: 'deleted resource definition', subject: definition })

/** Closed and opened again is only what satellites close whole, and what nobody is changing. */
function obstacleOf(state: State, row: ResourceDefinition): string | undefined {
  const layer = row.layers.find((one) => one === 'NVME' || cacheLayers.has(one))
  if (layer !== undefined) return `the layer ${layer} has no trash`
  if (row.rollback) return 'it is being rolled back'
  const resources = resourcesOf(state, row.name)
  if (resources.some(({ space }) => space !== undefined)) return 'its storage is shared'
  const moving = resources.find(
    (one) => !isLive(one) || (one.adding ?? one.removing ?? one.leaving ?? one.inactive),
  )
  if (moving) return `its replica on node ${moving.node} is being changed`
  const busy = volumeDefinitionsOf(state, row.name).find(
    (one) => !isLive(one) || (one.resizing ?? one.rekeying),
  )
  return busy && `its volume ${busy.number} is being changed`
}
