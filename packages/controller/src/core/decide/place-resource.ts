/** One resource on one node: numbers, events, and what becomes of one that is there already. */
import {
  type DiskfulBy,
  isLive,
  isRefusal,
  keyOf,
  nodeOf,
  type Props,
  type Refusal,
  type Resource,
  type ResourceDefinition,
  type ResourceKind,
  refer,
  refuse,
  resourceOf,
  type State,
  volumeDefinitionsOf,
} from '@varve/events'
import { allocateNodeId } from '../allocate/node-id.ts'
import { checkPeerSlots } from '../allocate/peer-slots.ts'
import { allocatePorts } from '../allocate/port.ts'
import type { Draft } from '../draft.ts'
import { beginAnew } from './begin-anew.ts'
import { refuseNvme } from './nvme.ts'
import { setProperty } from './property.ts'
import { refuseIfDeleting, requireDefinition } from './require.ts'
import { refuseIfRollingBack } from './rollback.ts'
import { sharingOf } from './shared-space.ts'
import { createVolume, type NewVolume } from './volume.ts'

/** What a new resource is to be; the numbers are allocated unless given. */
export type Placement = {
  readonly node: string
  readonly kind: ResourceKind
  readonly pool?: string
  readonly diskfulBy?: DiskfulBy
  readonly nodeId?: number
  readonly ports?: readonly number[]
  readonly portCount?: number
  /** Peer slots of metadata that exists already; default: those of the definition. */
  readonly peerSlots?: number | undefined
  /** What it will have of properties, where some of them say what its volumes get. */
  readonly props?: Props
  /** Volumes with their own pools and content; default: all of the definition, in `pool`. */
  readonly volumes?: readonly NewVolume[]
}

/** Allocates and records one resource; a tie-breaker in the way is taken over. */
export function placeResource(
  draft: Draft,
  definition: ResourceDefinition,
  placement: Placement,
): Refusal | undefined {
  const { state } = draft
  // Nobody is to be synced with what is about to change.
  const refused = placement.kind === 'diskful' ? refuseIfRollingBack(definition) : undefined
  if (refused) return refused
  const unfit = refuseNvme(state, definition, placement)
  if (unfit) return unfit
  const leaving =
    refuseIfLeaving(state, placement.node) ?? refuseDebtor(state, definition.name, placement.node)
  if (leaving) return leaving
  const sharing = sharingOf(state, definition, { node: placement.node, pools: poolsOf(placement) })
  if (isRefusal(sharing)) return sharing
  const isFilled = placement.volumes?.some(({ from }) => from !== undefined) ?? false
  const early = placement.kind === 'diskful' && !isFilled ? beginAnew(draft, definition) : undefined
  if (early) return early
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
    ...(replicated && diskful ? { peerSlots: placement.peerSlots ?? definition.peerSlots } : {}),
    ...sharing,
  })
  return createVolumes(draft, definition, placement)
}

function poolsOf({ pool, volumes }: Placement): string[] {
  return (volumes ?? [{ pool }]).flatMap((volume) => volume.pool ?? [])
}

/** What is there of one that had this name before carries another mark, and would be in the way. */
function refuseDebtor(state: State, definition: string, name: string): Refusal | undefined {
  const debt = state.debts.get(keyOf(definition, name))
  if (!debt) return undefined
  const remedy = 'It goes when the node returns: varve debts'
  return refuse('debt-open', { subject: debt.node, definition: debt.definition }, remedy)
}

function refuseIfLeaving(state: State, name: string): Refusal | undefined {
  const node = nodeOf(state, name)
  if (!node?.evacuation) return undefined
  const remedy = `When it is to take replicas again: varve node restore ${node.name}`
  return refuse('node-evacuating', { subject: node.name }, remedy)
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
  if (placement.kind === 'diskful' && there.removing) {
    const remedy = `Turn that back instead: varve resource toggle-disk ${there.definition} ${there.node} --cancel`
    return refuse('operation-runs', { operation: there.removing.operation, subject }, remedy)
  }
  const definition = requireDefinition(draft.state, there.definition)
  if (isRefusal(definition)) return definition
  const slots =
    placement.kind === 'diskful'
      ? checkPeerSlots(draft.state, there.definition, { except: there.node })
      : undefined
  if (slots) return slots
  const { definition: name, node } = there
  const { kind, diskfulBy } = placement
  draft.record({
    type: 'resource.kind-changed',
    ...{ definition: name, node, kind },
    ...(diskfulBy === undefined ? {} : { diskfulBy }),
  })
  return placement.kind === 'diskful' ? createVolumes(draft, definition, placement) : undefined
}

function createVolumes(
  draft: Draft,
  definition: ResourceDefinition,
  placement: Placement,
): Refusal | undefined {
  const resource = resourceOf(draft.state, definition.name, placement.node)
  if (!resource) return undefined
  const rows = volumeDefinitionsOf(draft.state, definition.name).filter(isLive)
  const { pool } = placement
  const volumes = placement.volumes ?? rows.map(({ number }): NewVolume => ({ number, pool }))
  for (const volume of volumes) {
    const refused = createVolume(draft, resource, { ...volume, resourceProps: placement.props })
    if (refused) return refused
  }
  if (placement.volumes) return undefined
  if (rows.length === 0 && placement.pool !== undefined) {
    // Volumes that come later have to know where to go.
    const of = refer('resource', definition.name, placement.node)
    setProperty(draft, of, 'StorPoolName', placement.pool)
  }
  return undefined
}
