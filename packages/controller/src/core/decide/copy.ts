/** A snapshot to one more node: who sends it, and what that node has of it already. */
import {
  type Args,
  isLive,
  isRefusal,
  type Node,
  nameKey,
  type Provider,
  poolOf,
  type Refusal,
  refer,
  refuse,
  type Snapshot,
  type SnapshotNode,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { failCopy } from '../operations/copy.ts'
import { refusePoolSpace } from './capacity.ts'
import { chooseBase } from './copy-base.ts'
import { contentOf, hasIt } from './copy-guard.ts'
import { resolvePool } from './pool-choice.ts'
import { missing, requireDefinition, requireNode } from './require.ts'
import { requireSnapshot } from './snapshot-guard.ts'

/** In what form a provider's snapshots travel; those without an entry do not. */
const forms: Partial<Record<Provider, 'blocks' | 'ZFS'>> = {
  LVM_THIN: 'blocks',
  FILE: 'blocks',
  FILE_THIN: 'blocks',
  ZFS: 'ZFS',
  ZFS_THIN: 'ZFS',
}

export function copySnapshot(draft: Draft, args: Args<'snapshot.copy'>): Refusal | undefined {
  const row = requireSnapshot(draft, args.definition, args.snapshot)
  if (isRefusal(row)) return row
  const subject = `${row.definition}/${row.name}`
  if (row.phase !== 'ready') {
    const problem = row.problem ?? `it is ${row.phase}`
    return refuse('in-use', { noun: 'Snapshot', subject, problem })
  }
  const target = requireReachable(draft, args.to)
  if (isRefusal(target)) return target
  const refused = refuseIfThere(row, target)
  if (refused) return refused
  const sender = chooseSender(draft, row, args)
  if (isRefusal(sender)) return sender
  const volumes = placesFor(draft, { row, sender, target, asked: args.pool })
  if (isRefusal(volumes)) return volumes
  const chosen = chooseBase(draft.state, { row, sender, target: target.name, volumes, args })
  if (isRefusal(chosen)) return chosen
  const operation = draft.startOperation(
    'copy-snapshot',
    refer('snapshot', row.definition, row.name),
  )
  draft.reply = { operation, from: sender.node, ...(chosen.base ? { base: chosen.base } : {}) }
  draft.record({
    type: 'snapshot.copy-started',
    definition: row.definition,
    snapshot: row.name,
    operation,
    node: target.name,
    from: sender.node,
    content: contentOf(sender),
    root: chosen.root,
    volumes: [...volumes],
    ...(chosen.base === undefined ? {} : { base: chosen.base }),
    // DRBD's metadata is part of what is sent, and knows itself by these.
    ...(sender.nodeId === undefined ? {} : { nodeId: sender.nodeId }),
    ...(sender.peerSlots === undefined ? {} : { peerSlots: sender.peerSlots }),
  })
  return undefined
}

export function abortCopy(draft: Draft, args: Args<'snapshot.abort-copy'>): Refusal | undefined {
  const row = requireSnapshot(draft, args.definition, args.snapshot)
  if (isRefusal(row)) return row
  const own = row.nodes.find(({ node }) => nameKey(node) === nameKey(args.to))
  if (own?.copy === undefined) {
    return missing('copy', `${row.definition}/${row.name} on node ${args.to}`)
  }
  failCopy(draft, row, own, 'it was aborted')
  return undefined
}

function requireReachable(draft: Draft, name: string): Node | Refusal {
  const node = requireNode(draft.state, name)
  if (isRefusal(node)) return node
  if (!isLive(node)) {
    return refuse('in-use', { noun: 'Node', subject: node.name, problem: 'it is being deleted' })
  }
  const isReady = node.link.status === 'online' && node.publicKey !== undefined
  if (isReady && node.interfaces.length > 0) return node
  const problem = 'it has to take part in the copy.'
  return refuse('node-offline', { subject: node.name, problem }, 'Start its satellite.')
}

function refuseIfThere(row: Snapshot, target: Node): Refusal | undefined {
  const own = row.nodes.find(({ node }) => nameKey(node) === nameKey(target.name))
  if (!own) return undefined
  const subject = `${row.definition}/${row.name} on node ${target.name}`
  if (hasIt(own)) return refuse('exists', { noun: 'snapshot', subject })
  if (own.copy?.status === 'receiving') {
    const remedy = `Give it up: varve snapshot abort-copy ${row.definition} ${row.name} ${target.name}`
    return refuse('operation-runs', { operation: own.copy.operation, subject }, remedy)
  }
  if (own.state === 'removed' || own.volumes.length === 0) return undefined
  const problem = 'what came of it before is being removed'
  return refuse('in-use', { noun: 'Snapshot', subject, problem }, 'Try again in a moment.')
}

/** Asked for, or the first that is online; one where it was taken before one that has a copy. */
function chooseSender(
  draft: Draft,
  row: Snapshot,
  { from }: Args<'snapshot.copy'>,
): SnapshotNode | Refusal {
  const there = row.nodes.filter(hasIt)
  const subject = `${row.definition}/${row.name}`
  if (from !== undefined) {
    const asked = there.find(({ node }) => nameKey(node) === nameKey(from))
    if (!asked) return missing('snapshot', `${subject} on node ${from}`)
    const node = requireReachable(draft, asked.node)
    return isRefusal(node) ? node : asked
  }
  const online = there.filter(({ node }) => !isRefusal(requireReachable(draft, node)))
  const chosen = online.find(({ copy }) => copy === undefined) ?? online[0]
  if (chosen) return chosen
  const names = there.map(({ node }) => node).join(', ')
  const problem = 'no other node that has the snapshot can send it.'
  return refuse('node-offline', { subject: names, problem }, 'Start its satellite.')
}

type Wanted = {
  readonly row: Snapshot
  readonly sender: SnapshotNode
  readonly target: Node
  readonly asked: string | undefined
}

function placesFor(
  draft: Draft,
  { row, sender, target, asked }: Wanted,
): SnapshotNode['volumes'] | Refusal {
  const definition = requireDefinition(draft.state, row.definition)
  if (isRefusal(definition)) return definition
  const pool = resolvePool(draft.state, definition, target, asked)
  if (isRefusal(pool)) return pool
  const own = poolOf(draft.state, target.name, pool)?.provider
  for (const volume of sender.volumes) {
    const theirs = poolOf(draft.state, sender.node, volume.pool)?.provider
    const form = own && forms[own]
    if (form === undefined || theirs === undefined || form !== forms[theirs]) {
      const problem = `Snapshots of ${theirs} cannot be sent into storage pool ${pool} on node ${target.name}, which is of provider ${own}.`
      const remedy =
        'ZFS goes to ZFS; LVM_THIN, FILE and FILE_THIN go to each other. Name another pool: --storage-pool <pool>'
      return refuse('not-supported', { problem }, remedy)
    }
  }
  const sizeKib = row.volumes.reduce((sum, volume) => sum + volume.sizeKib, 0)
  const full = refusePoolSpace(draft, target.name, pool, sizeKib)
  return full ?? sender.volumes.map(({ number }) => ({ number, pool }))
}

/** The node will not come back: nobody can remove what was there. */
export function loseCopies(draft: Draft, node: string): string[] {
  const definitions = new Set<string>()
  for (const { definition, name: snapshot, nodes } of [...draft.state.snapshots.values()]) {
    const own = nodes.find((one) => nameKey(one.node) === nameKey(node))
    if (own?.copy) draft.record({ type: 'snapshot.copy-lost', definition, snapshot, node })
    const needs = nodes.some(
      ({ copy }) => copy?.status === 'receiving' && nameKey(copy.from) === nameKey(node),
    )
    if (own || needs) definitions.add(definition)
  }
  return [...definitions]
}
