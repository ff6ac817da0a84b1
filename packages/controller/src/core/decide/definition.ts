/** Resource definitions: create, modify, delete. */
import {
  type Args,
  cacheLayers,
  defaultGroup,
  definitionOf,
  groupOf,
  isRefusal,
  type Layer,
  nameKey,
  type Refusal,
  type ResourceDefinition,
  refer,
  refuse,
  resourcesOf,
} from '@varve/events'
import { peerSlotsFor } from '../allocate/peer-slots.ts'
import type { Draft } from '../draft.ts'
import { settleDefinition, settleNode } from '../operations/settle.ts'
import { refuseWaiver, waiveCleanup } from './debt.ts'
import { renewSharedSecret, setSharedSecret } from './encryption.ts'
import { changeProperties } from './property.ts'
import {
  missing,
  refuseIfDeleting,
  refuseIfTaken,
  requireDefinition,
  requireGroup,
} from './require.ts'
import { refuseIfInUse } from './safety.ts'
import { refuseIfSnapshots } from './snapshot-guard.ts'
import { putIntoTrash, refuseNotInTrash, retentionOf } from './trash.ts'

/** The stack without one: DRBD over storage, as LINSTOR's default. */
const defaultLayers: readonly Layer[] = ['DRBD', 'STORAGE']
export function createDefinition(
  draft: Draft,
  args: Args<'resource-definition.create'>,
): Refusal | undefined {
  const group = requireGroup(draft.state, args.group ?? defaultGroup)
  if (isRefusal(group)) return group
  const layers = args.layers ?? group.filter.layers ?? [...defaultLayers]
  const refusal =
    refuseIfBeingDeleted(draft, args.definition) ??
    refuseIfTaken(
      'resource definition',
      args.definition,
      definitionOf(draft.state, args.definition),
    ) ??
    refuseExternalName(draft, args.externalName) ??
    refuseLayers(layers)
  if (refusal) return refusal
  const wanted = args.peerSlots ?? group.peerSlots
  draft.record({
    type: 'resource-definition.created',
    definition: args.definition,
    ...(args.externalName === undefined ? {} : { externalName: args.externalName }),
    group: group.name,
    layers: [...layers],
    peerSlots: peerSlotsFor(draft.state, {
      group: group.name,
      ...(wanted === undefined ? {} : { wanted }),
      ...(args.props === undefined ? {} : { props: args.props }),
    }),
    ...(args.port === undefined ? {} : { preferredPort: args.port }),
  })
  const made = definitionOf(draft.state, args.definition)
  if (made) setSharedSecret(draft, made)
  return changeProperties(draft, refer('resource-definition', args.definition), {
    setProps: args.props,
  })
}

export function modifyDefinition(
  draft: Draft,
  args: Args<'resource-definition.modify'>,
): Refusal | undefined {
  const row = requireDefinition(draft.state, args.definition)
  if (isRefusal(row)) return row
  const deleting = refuseIfDeleting('Resource definition', row.name, row)
  if (deleting) return deleting
  if (args.group !== undefined && nameKey(args.group) !== nameKey(row.group)) {
    const group = groupOf(draft.state, args.group)
    if (!group) return missing('resource group', args.group)
    draft.record({
      type: 'resource-definition.group-changed',
      definition: row.name,
      group: group.name,
    })
  }
  if (args.peerSlots !== undefined && args.peerSlots !== row.peerSlots) {
    const { peerSlots } = args
    draft.record({
      type: 'resource-definition.peer-slots-changed',
      definition: row.name,
      peerSlots,
    })
  }
  const kept = args.newSecret === true ? renewSharedSecret(draft, row) : undefined
  return kept ?? changeProperties(draft, refer('resource-definition', row.name), args)
}

/** All of it goes, data included, unless there is a trash; the name is free when every node has confirmed. */
export function deleteDefinition(
  draft: Draft,
  args: Args<'resource-definition.delete'>,
): Refusal | undefined {
  const row = requireDefinition(draft.state, args.definition)
  if (isRefusal(row)) return row
  const { waiveCleanup, skipTrash } = args
  const isForTrash = row.phase.status !== 'deleting' && skipTrash !== true
  // Nobody waits for a node that is away when all of it is kept; who says so wants it gone.
  if (isForTrash && waiveCleanup === undefined) {
    const retentionMs = retentionOf(draft.state, row)
    if (row.phase.status === 'trashed') return undefined
    if (retentionMs !== undefined && resourcesOf(draft.state, row.name).length > 0) {
      return refuseUndeletable(draft, row, []) ?? putIntoTrash(draft, row, retentionMs)
    }
  }
  return deleteForGood(draft, row, waiveCleanup ?? [])
}

/** Out of the trash, and gone. */
export function purgeDefinition(draft: Draft, args: Args<'trash.purge'>): Refusal | undefined {
  const row = requireDefinition(draft.state, args.definition)
  if (isRefusal(row)) return row
  if (row.phase.status === 'live') return refuseNotInTrash(row.name)
  return deleteForGood(draft, row, args.waiveCleanup ?? [])
}

function deleteForGood(
  draft: Draft,
  row: ResourceDefinition,
  waived: readonly string[],
): Refusal | undefined {
  for (const node of waived) {
    const unwaived = refuseWaiver(draft, row.name, node)
    if (unwaived) return unwaived
  }
  if (row.phase.status === 'deleting') {
    draft.reply = { operation: row.phase.operation }
    leaveNodes(draft, row.name, waived)
    return undefined
  }
  const kept = refuseUndeletable(draft, row, waived)
  if (kept) return kept
  const resources = resourcesOf(draft.state, row.name)
  if (resources.length === 0) {
    draft.record({ type: 'resource-definition.deleted', definition: row.name })
    return undefined
  }
  const operation = draft.startOperation(
    'delete-resource-definition',
    refer('resource-definition', row.name),
  )
  draft.reply = { operation }
  draft.record({ type: 'resource-definition.deletion-started', definition: row.name, operation })
  for (const { node, phase } of resources) {
    if (phase.status === 'live') {
      draft.record({ type: 'resource.deletion-started', definition: row.name, node, operation })
    }
  }
  leaveNodes(draft, row.name, waived)
  return undefined
}

/** What has snapshots, or is open somewhere, stays. */
function refuseUndeletable(
  draft: Draft,
  { name }: ResourceDefinition,
  waived: readonly string[],
): Refusal | undefined {
  const kept = refuseIfSnapshots(draft, name)
  if (kept) return kept
  const isWaived = (node: string) => waived.some((one) => nameKey(one) === nameKey(node))
  for (const resource of resourcesOf(draft.state, name)) {
    // What it said before it went away is over.
    if (isWaived(resource.node)) continue
    const used = refuseIfInUse(draft, name, resource.node)
    if (used) return used
  }
  return undefined
}

/** Nobody waits for these any more; gone with the last of all is the definition. */
function leaveNodes(draft: Draft, name: string, nodes: readonly string[]): void {
  for (const node of nodes) waiveCleanup(draft, name, node)
  settleDefinition(draft, name)
  for (const node of nodes) settleNode(draft, node)
  if (!definitionOf(draft.state, name)) draft.reply = {}
}

/** A name that is on its way out gets the operation named, not a bare "exists". */
function refuseIfBeingDeleted(draft: Draft, definition: string): Refusal | undefined {
  const row = definitionOf(draft.state, definition)
  return row && refuseIfDeleting('Resource definition', row.name, row)
}

function refuseExternalName(draft: Draft, externalName: string | undefined): Refusal | undefined {
  if (externalName === undefined) return undefined
  const [holder] = draft.state.definitions.by('externalName', externalName)
  return refuseIfTaken('resource definition with the external name', externalName, holder)
}

function refuseLayers(layers: readonly Layer[]): Refusal | undefined {
  const measured = layers.join(',')
  if (layers.at(-1) !== 'STORAGE') {
    return refuse('invalid-layers', { measured, problem: 'STORAGE must be the last layer.' })
  }
  if (layers.indexOf('NVME') > 0) {
    const problem = 'NVME must be the first layer: what is above it would have no second copy.'
    return refuse('invalid-layers', { measured, problem })
  }
  if (layers.indexOf('DRBD') > 0) {
    return refuse('invalid-layers', { measured, problem: 'DRBD must be the first layer.' })
  }
  if (new Set(layers).size !== layers.length) {
    return refuse('invalid-layers', { measured, problem: 'a layer appears twice.' })
  }
  const caches = layers.filter((layer) => cacheLayers.has(layer))
  if (caches.length > 1) {
    const problem = 'one cache over another is not supported.'
    return refuse('invalid-layers', { measured, problem })
  }
  if (caches.length > 0 && layers.includes('LUKS')) {
    const problem = 'a cache would hold in the clear what LUKS encrypts below it.'
    return refuse('invalid-layers', { measured, problem })
  }
  return undefined
}
