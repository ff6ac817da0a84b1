/**
 * Taking a resource out of use on its node, and into use: of twins in a shared space at most one is
 * active. Another one becomes so only when the node of the first has said that all of it is closed
 * there, is gone from the cluster (node lost), or somebody has said for the record that it is off.
 */
import {
  type Args,
  isLive,
  isRefusal,
  mayBeOpen,
  nodeOf,
  type Refusal,
  type Resource,
  type ResourceDefinition,
  refer,
  refuse,
  resourceOf,
  twinsOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { finishOperation } from '../operations/finish.ts'
import { isChangingStorage, settleTurns } from '../operations/turn.ts'
import { refuseIfDeleting, requireDefinition, requireResource } from './require.ts'
import { refuseIfRollingBack } from './rollback.ts'
import { refuseIfInUse } from './safety.ts'

export function activateResource(
  draft: Draft,
  args: Args<'resource.activate'>,
): Refusal | undefined {
  const found = requireStanding(draft, args)
  if (isRefusal(found)) return found
  return activate(draft, found.resource)
}

/** Of one whose deactivation still runs: that is taken back, since nobody else can be active yet. */
export function activate(draft: Draft, resource: Resource): Refusal | undefined {
  const { definition, node, inactive } = resource
  if (!inactive) return undefined
  const other = twinsOf(draft.state, resource).find(mayBeOpen)
  if (other) return refuseSecond(resource, other)
  draft.record({ type: 'resource.activated', definition, node })
  if (inactive.operation !== undefined) finishOperation(draft, inactive.operation)
  settleTurns(draft, definition)
  return undefined
}

function refuseSecond({ definition, node, space }: Resource, other: Resource): Refusal {
  return refuse(
    'only-one-active',
    { subject: definition, measured: other.node, space },
    isLive(other)
      ? `To move it here: varve resource make-available ${definition} ${node}`
      : `Wait until it is gone from ${other.node}; if that node is dead: varve node lost ${other.node}`,
  )
}

export function deactivateResource(
  draft: Draft,
  args: Args<'resource.deactivate'>,
): Refusal | undefined {
  const found = requireStanding(draft, args)
  if (isRefusal(found)) return found
  const { resource, definition } = found
  const refused = args.fenced ? refuseFence(draft, resource) : undefined
  if (refused) return refused
  const failed = resource.inactive ? undefined : deactivate(draft, definition, resource, args)
  if (failed) return failed
  const row = resourceOf(draft.state, resource.definition, resource.node)
  if (row?.inactive?.operation === undefined) return undefined
  if (args.fenced) confirmClosed(draft, row, true)
  else draft.reply = { operation: row.inactive.operation }
  return undefined
}

/** Its twin on node `heir` is active next. */
export function handOver(
  draft: Draft,
  definition: ResourceDefinition,
  resource: Resource,
  heir: string,
): Refusal | undefined {
  const { definition: name, node, inactive } = resource
  const operation = inactive?.operation
  if (operation === undefined) return deactivate(draft, definition, resource, { heir })
  draft.record({ type: 'resource.deactivation-started', definition: name, node, operation, heir })
  draft.reply = { ...draft.reply, operation }
  return undefined
}

function deactivate(
  draft: Draft,
  definition: ResourceDefinition,
  resource: Resource,
  { heir, fenced }: { readonly heir?: string; readonly fenced?: boolean | undefined },
): Refusal | undefined {
  const { definition: name, node } = resource
  const subject = `${name} on node ${node}`
  const other = definition.layers.find((layer) => layer !== 'LUKS' && layer !== 'STORAGE')
  if (other !== undefined || resource.kind !== 'diskful') {
    const problem = `${subject} cannot be closed: layer ${other ?? 'STORAGE'} takes part in more than its own node.`
    return refuse('not-supported', { problem }, 'Possible with the layers LUKS and STORAGE.')
  }
  if (!fenced && isChangingStorage(draft.state, resource)) {
    const problem = 'its storage is being made or changed there'
    return refuse(
      'in-use',
      { noun: 'Resource', subject, problem },
      `Wait until that is done: varve resource-definition wait-sync ${name}`,
    )
  }
  const refused =
    refuseIfRollingBack(definition) ?? (fenced ? undefined : refuseIfInUse(draft, name, node))
  if (refused) return refused
  const operation = draft.startOperation('deactivate-resource', refer('resource', name, node))
  draft.reply = { ...draft.reply, operation }
  draft.record({
    type: 'resource.deactivation-started',
    definition: name,
    node,
    operation,
    ...(heir === undefined ? {} : { heir }),
  })
  return undefined
}

/** Of a node that answers its own word is asked for. */
function refuseFence({ state }: Draft, { node }: Resource): Refusal | undefined {
  if (nodeOf(state, node)?.link.status !== 'online') return undefined
  const problem = 'it is online, and closes what it has by itself'
  return refuse('no-waiver', { subject: node, problem }, 'Leave the waiver out.')
}

/** Nothing of it is open there any more; whoever waited for that has its turn. */
export function confirmClosed(draft: Draft, resource: Resource, isFenced = false): void {
  const { definition, node, inactive } = resource
  if (inactive?.operation === undefined) return
  const fenced = isFenced ? { fenced: true as const } : {}
  draft.record({ type: 'resource.deactivated', definition, node, ...fenced })
  finishOperation(draft, inactive.operation)
  if (isFenced) draft.reply = {}
  const heir =
    inactive.heir === undefined ? undefined : resourceOf(draft.state, definition, inactive.heir)
  // Refused when another one has become active meanwhile: then that stays so.
  if (heir && isLive(heir)) draft.attempt(() => activate(draft, heir))
  settleTurns(draft, definition)
}

function requireStanding(
  { state }: Draft,
  args: Args<'resource.activate'>,
): { readonly definition: ResourceDefinition; readonly resource: Resource } | Refusal {
  const resource = requireResource(state, args.definition, args.node)
  if (isRefusal(resource)) return resource
  const definition = requireDefinition(state, resource.definition)
  if (isRefusal(definition)) return definition
  const subject = `${resource.definition} on node ${resource.node}`
  return (
    refuseIfDeleting('Resource definition', definition.name, definition) ??
    refuseIfDeleting('Resource', subject, resource) ?? { definition, resource }
  )
}
