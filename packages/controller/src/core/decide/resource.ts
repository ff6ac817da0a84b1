/** Resources: create by hand, by the autoplacer, delete. */
import {
  type Args,
  type DiskfulBy,
  defaultDisklessPool,
  groupOf,
  isLive,
  isRefusal,
  mergeFilters,
  type Node,
  poolOf,
  type Refusal,
  type Resource,
  type ResourceDefinition,
  type ResourceKind,
  refer,
  refuse,
  resourceOf,
  resourcesOf,
  type SelectFilter,
  volumeDefinitionsOf,
} from '@varve/events'
import { allocateNodeId } from '../allocate/node-id.ts'
import { checkPeerSlots } from '../allocate/peer-slots.ts'
import { allocatePorts } from '../allocate/port.ts'
import type { Draft } from '../draft.ts'
import { settleDefinition } from '../operations/settle.ts'
import { refuseIncapable } from '../placement/capability.ts'
import { refuseMixing } from '../placement/mixing.ts'
import { autoPlace } from '../placement/place.ts'
import { refusePoolSpace } from './capacity.ts'
import { resolvePool } from './pool-choice.ts'
import { changeProperties, setProperty } from './property.ts'
import { refuseIfDeleting, requireDefinition, requireNode, requireResource } from './require.ts'
import { refuseIfInUse, refuseIfLastGoodCopy } from './safety.ts'
import { chooseSources, createVolume } from './volume.ts'

/** What a new resource is to be; the numbers are allocated unless given. */
export type Placement = {
  readonly node: string
  readonly kind: ResourceKind
  readonly pool?: string
  readonly diskfulBy?: DiskfulBy
  readonly nodeId?: number
  readonly ports?: readonly number[]
  readonly portCount?: number
}

export function createResource(draft: Draft, args: Args<'resource.create'>): Refusal | undefined {
  const found = requireTarget(draft, args.definition, args.node)
  if (isRefusal(found)) return found
  const { definition, node } = found
  const pool =
    args.kind === 'diskful' ? resolvePool(draft.state, definition, node, args.pool) : undefined
  if (isRefusal(pool)) return pool
  const refused =
    (pool === undefined
      ? refuseIncapable(draft.state, node, {
          layers: definition.layers,
          kind: args.kind,
          definition: definition.name,
        })
      : refuseUnfit(draft, definition, node, pool)) ??
    placeResource(draft, definition, {
      node: node.name,
      kind: args.kind,
      ...(pool === undefined ? {} : { pool, diskfulBy: 'user' }),
      ...(args.nodeId === undefined ? {} : { nodeId: args.nodeId }),
      ...(args.ports === undefined ? {} : { ports: args.ports }),
      ...(args.portCount === undefined ? {} : { portCount: args.portCount }),
    })
  if (refused) return refused
  chooseSources(draft, definition.name)
  return changeProperties(draft, refer('resource', definition.name, node.name), {
    setProps: args.props,
  })
}

export function autoPlaceResources(
  draft: Draft,
  args: Args<'resource.auto-place'>,
): Refusal | undefined {
  const definition = requireDefinition(draft.state, args.definition)
  if (isRefusal(definition)) return definition
  const deleting = refuseIfDeleting('Resource definition', definition.name, definition)
  if (deleting) return deleting
  const group = groupOf(draft.state, definition.group)
  return placeAutomatically(draft, definition, mergeFilters(group?.filter ?? {}, args.filter))
}

/** Places what the merged filter asks for; nothing missing is no event. */
export function placeAutomatically(
  draft: Draft,
  definition: ResourceDefinition,
  filter: SelectFilter,
): Refusal | undefined {
  const sizeKib = volumeDefinitionsOf(draft.state, definition.name)
    .filter(isLive)
    .reduce((sum, row) => sum + row.sizeKib, 0)
  const diskless = filter.disklessType !== undefined
  // Diskless peers and tie-breakers may become diskful; diskful ones never lose their data for it.
  const convertible = resourcesOf(draft.state, definition.name)
    .filter((row) => !diskless && row.kind !== 'diskful' && isLive(row))
    .map((row) => row.node)
  const placement = autoPlace(draft.state, draft.context.observed, {
    definition: definition.name,
    filter,
    sizeKib,
    layers: definition.layers,
    diskless,
    ignoreNodes: convertible,
  })
  draft.explain = placement.explanation
  if (isRefusal(placement)) return placement
  for (const { node, pool } of placement.chosen) {
    const refused = placeResource(draft, definition, {
      node,
      kind: diskless ? 'diskless' : 'diskful',
      ...(diskless ? {} : { pool, diskfulBy: 'auto-placer' }),
      ...(filter.portCount === undefined ? {} : { portCount: filter.portCount }),
    })
    if (refused) return refused
  }
  if (filter.disklessOnRemaining) {
    const refused = placeOnRemaining(draft, definition)
    if (refused) return refused
  }
  chooseSources(draft, definition.name)
  draft.reply = {
    ...draft.reply,
    placed: placement.chosen.map(({ node, pool }) => (diskless ? { node } : { node, pool })),
  }
  return undefined
}

/** Allocates and records one resource; a tie-breaker in the way is taken over. */
export function placeResource(
  draft: Draft,
  definition: ResourceDefinition,
  placement: Placement,
): Refusal | undefined {
  const { state } = draft
  const there = resourceOf(state, definition.name, placement.node)
  if (there) return convertResource(draft, there, placement)
  const replicated = definition.layers.includes('DRBD')
  const diskful = placement.kind === 'diskful'
  const slots = replicated && diskful ? checkPeerSlots(state, definition.name) : undefined
  if (slots) return slots
  const nodeId = replicated ? allocateNodeId(state, definition.name, placement.nodeId) : undefined
  if (isRefusal(nodeId)) return nodeId
  const ports = replicated
    ? allocatePorts(state, {
        definition: definition.name,
        node: placement.node,
        ...(placement.portCount === undefined ? {} : { count: placement.portCount }),
        ...(placement.ports === undefined ? {} : { ports: placement.ports }),
      })
    : undefined
  if (isRefusal(ports)) return ports
  draft.record({
    type: 'resource.created',
    definition: definition.name,
    node: placement.node,
    kind: placement.kind,
    ...(placement.diskfulBy === undefined ? {} : { diskfulBy: placement.diskfulBy }),
    ...(nodeId === undefined ? {} : { nodeId }),
    ...(ports === undefined ? {} : { ports: [...ports] }),
    ...(replicated && diskful ? { peerSlots: definition.peerSlots } : {}),
  })
  createVolumes(draft, definition, placement)
  return undefined
}

export function modifyResource(draft: Draft, args: Args<'resource.modify'>): Refusal | undefined {
  const row = requireResource(draft.state, args.definition, args.node)
  if (isRefusal(row)) return row
  return changeProperties(draft, refer('resource', row.definition, row.node), args)
}

export function modifyVolume(draft: Draft, args: Args<'volume.modify'>): Refusal | undefined {
  const row = draft.state.volumes.get(
    `${args.definition}/${args.node}/${args.number}`.toLowerCase(),
  )
  if (!row) {
    const subject = `${args.definition}/${args.number} on node ${args.node}`
    return refuse('not-found', { noun: 'volume', subject })
  }
  return changeProperties(draft, refer('volume', row.definition, row.node, row.number), args)
}

export function deleteResource(draft: Draft, args: Args<'resource.delete'>): Refusal | undefined {
  const row = requireResource(draft.state, args.definition, args.node)
  if (isRefusal(row)) return row
  if (row.phase.status === 'deleting') {
    draft.reply = { operation: row.phase.operation }
    return undefined
  }
  const refused =
    refuseIfInUse(draft, row.definition, row.node) ??
    (args.acceptDataLoss === true
      ? undefined
      : refuseIfLastGoodCopy(draft, row.definition, row.node))
  if (refused) return refused
  const target = refer('resource', row.definition, row.node)
  const operation = draft.startOperation('delete-resource', target)
  draft.reply = { operation }
  draft.record({
    type: 'resource.deletion-started',
    definition: row.definition,
    node: row.node,
    operation,
  })
  settleDefinition(draft, row.definition)
  return undefined
}

function requireTarget(draft: Draft, definitionName: string, nodeName: string) {
  const definition = requireDefinition(draft.state, definitionName)
  if (isRefusal(definition)) return definition
  const node = requireNode(draft.state, nodeName)
  if (isRefusal(node)) return node
  const refused =
    refuseIfDeleting('Resource definition', definition.name, definition) ??
    refuseIfDeleting('Node', node.name, node)
  return refused ?? { definition, node }
}

function refuseUnfit(
  draft: Draft,
  definition: ResourceDefinition,
  node: Node,
  pool: string,
): Refusal | undefined {
  const row = poolOf(draft.state, node.name, pool)
  if (!row) return refuse('not-found', { noun: 'storage pool', subject: `${pool} on ${node.name}` })
  const sizeKib = volumeDefinitionsOf(draft.state, definition.name)
    .filter(isLive)
    .reduce((sum, volume) => sum + volume.sizeKib, 0)
  return (
    refuseIncapable(draft.state, node, {
      layers: definition.layers,
      provider: row.provider,
      kind: 'diskful',
      definition: definition.name,
    }) ??
    refuseMixing(draft.state, definition.name, row) ??
    (sizeKib === 0 ? undefined : refusePoolSpace(draft, node.name, pool, sizeKib))
  )
}

/** Diskless and tie-breaker may become more; what has data stays what it is. */
function convertResource(draft: Draft, there: Resource, placement: Placement): Refusal | undefined {
  const subject = `${there.definition} on node ${there.node}`
  const deleting = refuseIfDeleting('Resource', subject, there)
  if (deleting) return deleting
  const takesOver =
    there.kind !== 'diskful' && (placement.kind === 'diskful' || there.kind === 'tie-breaker')
  if (!takesOver || there.kind === placement.kind) {
    return refuse('exists', { noun: 'resource', subject })
  }
  const definition = requireDefinition(draft.state, there.definition)
  if (isRefusal(definition)) return definition
  const slots =
    placement.kind === 'diskful'
      ? checkPeerSlots(draft.state, there.definition, { except: there.node })
      : undefined
  if (slots) return slots
  const { definition: name, node } = there
  draft.record({ type: 'resource.kind-changed', definition: name, node, kind: placement.kind })
  if (placement.kind === 'diskful') createVolumes(draft, definition, placement)
  return undefined
}

function createVolumes(draft: Draft, definition: ResourceDefinition, placement: Placement): void {
  const resource = resourceOf(draft.state, definition.name, placement.node)
  if (!resource) return
  const rows = volumeDefinitionsOf(draft.state, definition.name).filter(isLive)
  for (const row of rows) createVolume(draft, resource, row.number, placement.pool)
  if (rows.length === 0 && placement.pool !== undefined) {
    // Volumes that come later have to know where to go.
    const of = refer('resource', definition.name, placement.node)
    setProperty(draft, of, 'StorPoolName', placement.pool)
  }
}

/** Clients (non-voting) on every other node that could run one (reference 7.6). */
function placeOnRemaining(draft: Draft, definition: ResourceDefinition): Refusal | undefined {
  const taken = new Set(
    resourcesOf(draft.state, definition.name)
      .filter((row) => row.kind !== 'tie-breaker')
      .map((row) => row.node),
  )
  for (const node of draft.state.nodes.values()) {
    const able = poolOf(draft.state, node.name, defaultDisklessPool) && isLive(node)
    if (!able || taken.has(node.name)) continue
    const { layers, name } = definition
    if (refuseIncapable(draft.state, node, { layers, kind: 'client', definition: name })) continue
    const refused = placeResource(draft, definition, { node: node.name, kind: 'client' })
    if (refused) return refused
  }
  return undefined
}
