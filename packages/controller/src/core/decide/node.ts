/** Nodes and their net interfaces. */
import {
  type Args,
  defaultDisklessPool,
  defaultNetInterface,
  isLive,
  isRefusal,
  type Node,
  nameKey,
  nodeOf,
  type Refusal,
  refer,
  refuse,
  resourcesOn,
  twinsOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { forgiveDebts } from '../operations/debt.ts'
import { settleEvacuation } from '../operations/evacuation.ts'
import { removeResource, settleDefinition } from '../operations/settle.ts'
import { loseCopies } from './copy.ts'
import { refuseIfCopiesOn } from './copy-guard.ts'
import { refuseIfDevicePoolRuns } from './device-pool.ts'
import { pathThrough } from './path-through.ts'
import { changeProperties } from './property.ts'
import { refuseIfDeleting, refuseIfTaken, requireNode } from './require.ts'
import { refuseIfInUse, refuseIfLastGoodCopy } from './safety.ts'
import { refuseIfSnapshotsOn } from './snapshot-guard.ts'
import { refuseIfSource } from './source.ts'

export function createNode(draft: Draft, args: Args<'node.create'>): Refusal | undefined {
  const taken = refuseIfTaken('node', args.node, nodeOf(draft.state, args.node))
  if (taken) return taken
  draft.record({ type: 'node.created', node: args.node, kind: args.kind })
  draft.record({
    type: 'net-interface.created',
    node: args.node,
    name: args.netInterface ?? defaultNetInterface,
    address: args.address,
    ...(args.port === undefined ? {} : { port: args.port }),
  })
  if (args.kind === 'Satellite' || args.kind === 'Combined') {
    draft.record({
      type: 'storage-pool.created',
      node: args.node,
      pool: defaultDisklessPool,
      provider: 'DISKLESS',
      backing: '',
    })
  }
  return changeProperties(draft, refer('node', args.node), { setProps: args.props })
}

export function modifyNode(draft: Draft, args: Args<'node.modify'>): Refusal | undefined {
  const node = requireNode(draft.state, args.node)
  if (isRefusal(node)) return node
  if (args.kind !== undefined && args.kind !== node.kind) {
    draft.record({ type: 'node.kind-changed', node: node.name, kind: args.kind })
  }
  return changeProperties(draft, refer('node', node.name), args)
}

export function deleteNode(draft: Draft, args: Args<'node.delete'>): Refusal | undefined {
  const node = requireNode(draft.state, args.node)
  if (isRefusal(node)) return node
  if (node.phase.status === 'deleting') {
    draft.reply = { operation: node.phase.operation }
    return undefined
  }
  const busy = refuseIfDevicePoolRuns(draft, node.name)
  if (busy) return busy
  for (const resource of resourcesOn(draft.state, node.name).filter(isLive)) {
    const refusal =
      refuseIfInUse(draft, resource.definition, node.name) ??
      refuseIfSnapshotsOn(draft, resource.definition, node.name) ??
      refuseIfSource(draft, resource.definition, node.name) ??
      (twinsOf(draft.state, resource).some(isLive)
        ? undefined
        : refuseIfLastGoodCopy(draft, resource.definition, node.name))
    if (refusal) return refusal
  }
  const copied = refuseIfCopiesOn(draft, node.name)
  if (copied) return copied
  if (resourcesOn(draft.state, node.name).length === 0) {
    forgiveDebts(draft, node.name)
    draft.record({ type: 'node.deleted', node: node.name })
    return undefined
  }
  const operation = draft.startOperation('delete-node', refer('node', node.name))
  draft.reply = { operation }
  draft.record({ type: 'node.deletion-started', node: node.name, operation })
  for (const { definition, phase } of resourcesOn(draft.state, node.name)) {
    if (phase.status !== 'live') continue
    draft.record({ type: 'resource.deletion-started', definition, node: node.name, operation })
    settleDefinition(draft, definition)
  }
  return undefined
}

/** Forgets a node and all that was on it, without its word: only for one that will not come back. */
export function loseNode(draft: Draft, args: Args<'node.lost'>): Refusal | undefined {
  const node = requireNode(draft.state, args.node)
  if (isRefusal(node)) return node
  if (node.link.status === 'online') {
    return refuse('node-online', { subject: node.name }, `Use: varve node delete ${node.name}`)
  }
  const definitions = resourcesOn(draft.state, node.name).map((row) => row.definition)
  const operation = node.phase.status === 'deleting' ? node.phase.operation : undefined
  if (node.evacuation) draft.record({ type: 'node.restored', node: node.name })
  for (const definition of definitions)
    removeResource(draft, definition, node.name, 'resource.lost')
  settleEvacuation(draft, node.name)
  const copied = loseCopies(draft, node.name)
  const unfinished = draft.state.devicePools.by('node', nameKey(node.name))
  forgiveDebts(draft, node.name)
  draft.record({ type: 'node.lost', node: node.name })
  for (const row of unfinished) {
    if (row.operation === undefined) continue
    draft.record({ type: 'operation.finished', operation: row.operation })
  }
  if (operation !== undefined) draft.record({ type: 'operation.finished', operation })
  for (const definition of new Set([...definitions, ...copied])) settleDefinition(draft, definition)
  return undefined
}

export function createNetInterface(
  draft: Draft,
  args: Args<'net-interface.create'>,
): Refusal | undefined {
  const node = requireNode(draft.state, args.node)
  if (isRefusal(node)) return node
  const taken =
    refuseIfDeleting('node', node.name, node) ??
    refuseIfTaken(
      'net interface',
      `${args.name} on node ${node.name}`,
      interfaceOf(node, args.name),
    )
  if (taken) return taken
  draft.record({
    type: 'net-interface.created',
    node: node.name,
    name: args.name,
    address: args.address,
    ...(args.port === undefined ? {} : { port: args.port }),
  })
  return undefined
}

export function modifyNetInterface(
  draft: Draft,
  args: Args<'net-interface.modify'>,
): Refusal | undefined {
  const node = requireNode(draft.state, args.node)
  if (isRefusal(node)) return node
  const row = interfaceOf(node, args.name)
  if (!row) return missingInterface(node, args.name)
  const changed = { address: args.address ?? row.address, port: args.port ?? row.port }
  if (changed.address === row.address && changed.port === row.port) return undefined
  draft.record({
    type: 'net-interface.changed',
    node: node.name,
    name: row.name,
    address: changed.address,
    ...(changed.port === undefined ? {} : { port: changed.port }),
  })
  return undefined
}

export function deleteNetInterface(
  draft: Draft,
  args: Args<'net-interface.delete'>,
): Refusal | undefined {
  const node = requireNode(draft.state, args.node)
  if (isRefusal(node)) return node
  const row = interfaceOf(node, args.name)
  if (!row) return missingInterface(node, args.name)
  if (node.interfaces.length === 1) {
    return refuse('in-use', {
      noun: 'Net interface',
      subject: `${row.name} of node ${node.name}`,
      problem: 'a node needs one net interface at least',
    })
  }
  const path = pathThrough(draft.state, node, row.name)
  if (path !== undefined) {
    return refuse(
      'in-use',
      {
        noun: 'Net interface',
        subject: `${row.name} of node ${node.name}`,
        problem: `${path} goes through it`,
      },
      'Delete the path first.',
    )
  }
  draft.record({ type: 'net-interface.deleted', node: node.name, name: row.name })
  return undefined
}

const interfaceOf = (node: Node, name: string) =>
  node.interfaces.find((row) => nameKey(row.name) === nameKey(name))

const missingInterface = (node: Node, name: string): Refusal =>
  refuse('not-found', { noun: 'net interface', subject: `${name} on node ${node.name}` })
