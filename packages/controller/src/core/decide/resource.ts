/** Resources by hand: create, modify, delete. */
import {
  type Args,
  isLive,
  isRefusal,
  type Node,
  type Props,
  poolOf,
  type Refusal,
  type Resource,
  type ResourceDefinition,
  refer,
  refuse,
  resourcesOf,
  type State,
  twinsOf,
  volumeDefinitionsOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { settleDefinition, settleNode } from '../operations/settle.ts'
import { refuseIncapable } from '../placement/capability.ts'
import { refuseMixing } from '../placement/mixing.ts'
import { refuseVolumeSpace } from './capacity.ts'
import { refuseWaiver, waiveCleanup } from './debt.ts'
import { refuseIfInitiators } from './nvme.ts'
import { placeResource } from './place-resource.ts'
import { resolvePool } from './pool-choice.ts'
import { changeProperties } from './property.ts'
import {
  refuseIfDeleting,
  refuseIfTrashed,
  requireDefinition,
  requireNode,
  requireResource,
} from './require.ts'
import { refuseIfInUse, refuseIfLastGoodCopy } from './safety.ts'
import { refuseWhileTaken } from './snapshot-guard.ts'
import { refuseIfSource } from './source.ts'
import { beginVolumes } from './volume.ts'

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
      : refuseUnfit(draft, definition, node, pool, args.props)) ??
    placeResource(draft, definition, {
      node: node.name,
      kind: args.kind,
      ...(pool === undefined ? {} : { pool, diskfulBy: 'user' }),
      ...(args.props === undefined ? {} : { props: args.props }),
      ...(args.nodeId === undefined ? {} : { nodeId: args.nodeId }),
      ...(args.ports === undefined ? {} : { ports: args.ports }),
      ...(args.portCount === undefined ? {} : { portCount: args.portCount }),
    })
  if (refused) return refused
  beginVolumes(draft, definition.name)
  return changeProperties(draft, refer('resource', definition.name, node.name), {
    setProps: args.props,
  })
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
  const unwaived = args.waiveCleanup ? refuseWaiver(draft, row.definition, row.node) : undefined
  if (unwaived) return unwaived
  if (row.phase.status === 'deleting') {
    if (args.waiveCleanup) leave(draft, row)
    else draft.reply = { operation: row.phase.operation }
    return undefined
  }
  const definition = requireDefinition(draft.state, row.definition)
  if (isRefusal(definition)) return definition
  const refused =
    refuseIfTrashed(draft.state, definition.name) ??
    // What it said before it went away is over.
    (args.waiveCleanup ? undefined : refuseIfInUse(draft, row.definition, row.node)) ??
    refuseIfInitiators(draft.state, definition, row) ??
    refuseWhileTaken(draft, row.definition, row.node) ??
    (args.acceptDataLoss === true || twinsOf(draft.state, row).some(isLive)
      ? undefined
      : (refuseIfSource(draft, row.definition, row.node) ??
        refuseIfLastGoodCopy(draft, row.definition, row.node)))
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
  if (args.waiveCleanup) {
    draft.reply = {}
    leave(draft, row)
  } else settleDefinition(draft, row.definition)
  return undefined
}

/** Nobody waits for its node any more. */
function leave(draft: Draft, { definition, node }: Resource): void {
  waiveCleanup(draft, definition, node)
  settleDefinition(draft, definition)
  settleNode(draft, node)
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

export function refuseUnfit(
  draft: Draft,
  definition: ResourceDefinition,
  node: Node,
  pool: string,
  resourceProps: Props | undefined,
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
    // Where a twin has its storage already it takes no more.
    (isStoredIn(draft.state, definition.name, row.sharedSpace)
      ? undefined
      : refuseVolumeSpace(draft, definition, node, { pool, sizeKib, resourceProps }))
  )
}

function isStoredIn(state: State, definition: string, space: string | undefined): boolean {
  return space !== undefined && resourcesOf(state, definition).some((one) => one.space === space)
}
