/** Replicas that get a disk or give theirs up, and the way back of both while it is under way. */
import {
  type Args,
  type DiskfulBy,
  isLive,
  isRefusal,
  nameKey,
  type Refusal,
  type Resource,
  type ResourceDefinition,
  type ResourceKind,
  refer,
  refuse,
  resourceOf,
  resourcesOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { finishOperation } from '../operations/finish.ts'
import { settleDefinition } from '../operations/settle.ts'
import { refuseIncapable } from '../placement/capability.ts'
import { placeResource } from './place-resource.ts'
import { resolvePool } from './pool-choice.ts'
import {
  missing,
  refuseIfDeleting,
  requireDefinition,
  requireNode,
  requireResource,
} from './require.ts'
import { refuseUnfit } from './resource.ts'
import { refuseIfRollingBack } from './rollback.ts'
import { refuseIfDiskNeeded, refuseIfLastGoodCopy } from './safety.ts'
import { refuseIfSnapshotsOn, refuseWhileChanging } from './snapshot-guard.ts'
import { refuseIfSource } from './source.ts'
import { beginVolumes } from './volume.ts'

/** Without `to` it becomes what it is not: that is also how one under way is turned back. */
export function toggleDisk(draft: Draft, args: Args<'resource.toggle-disk'>): Refusal | undefined {
  const definition = requireReplicated(draft, args.definition)
  if (isRefusal(definition)) return definition
  const there = resourceOf(draft.state, definition.name, args.node)
  if (!there && args.migrateFrom === undefined) {
    return missing('resource', `${definition.name} on node ${args.node}`)
  }
  const subject = `${definition.name} on node ${args.node}`
  const deleting = there && refuseIfDeleting('Resource', subject, there)
  if (deleting) return deleting
  if (args.cancel) return there ? cancelToggle(draft, definition, there) : undefined
  const isPointed = args.pool !== undefined || args.migrateFrom !== undefined
  const opposite = there?.kind === 'diskful' ? 'diskless' : 'diskful'
  const to = args.to ?? (isPointed ? 'diskful' : opposite)
  if (to !== 'diskful') return there && removeDisk(draft, definition, there, to)
  return addDisk(draft, definition, {
    node: args.node,
    pool: args.pool,
    by: 'user',
    from: args.migrateFrom,
    leaveSnapshots: args.leaveSnapshots,
  })
}

/** Only the peers of DRBD have data for one that has none. */
function requireReplicated(draft: Draft, name: string): ResourceDefinition | Refusal {
  const definition = requireDefinition(draft.state, name)
  if (isRefusal(definition)) return definition
  const deleting = refuseIfDeleting('Resource definition', definition.name, definition)
  if (deleting) return deleting
  if (definition.layers.includes('DRBD')) return definition
  const problem = `${definition.name} has no DRBD layer: no other node has its data.`
  return refuse('not-supported', { problem }, 'Copy it with a snapshot: varve snapshot copy')
}

function cancelToggle(
  draft: Draft,
  definition: ResourceDefinition,
  there: Resource,
): Refusal | undefined {
  if (there.adding) return removeDisk(draft, definition, there, there.adding.was)
  const wanted = { node: there.node, pool: undefined, by: 'user', from: undefined } as const
  if (there.removing) return addDisk(draft, definition, wanted)
  const subject = `${there.definition} on node ${there.node}`
  const problem = `no disk of ${subject} is being added or removed`
  return refuse('nothing-to-abort', { subject, problem })
}

export type WantedDisk = {
  readonly node: string
  /** As by `resource create` unless given. */
  readonly pool: string | undefined
  readonly by: DiskfulBy
  /** Node whose replica goes once this one has all data. */
  readonly from: string | undefined
  /** What that one has of snapshots stays there. */
  readonly leaveSnapshots?: boolean | undefined
}

/** Makes a diskful replica of what is there, if anything; it is complete when it is UpToDate. */
export function addDisk(
  draft: Draft,
  definition: ResourceDefinition,
  wanted: WantedDisk,
): Refusal | undefined {
  const source = wanted.from === undefined ? undefined : requireSource(draft, definition, wanted)
  if (isRefusal(source)) return source
  const there = resourceOf(draft.state, definition.name, wanted.node)
  if (there?.kind === 'diskful') return repeated(draft, there, source)
  const kept = there?.removing
    ? keepDisk(draft, there, wanted)
    : makeDisk(draft, definition, wanted)
  if (kept) return kept
  const made = resourceOf(draft.state, definition.name, wanted.node)
  if (!made) return undefined
  const kind = source ? 'migrate-disk' : 'add-disk'
  const { node } = made
  const operation = draft.startOperation(kind, refer('resource', definition.name, node))
  draft.reply = { ...draft.reply, operation }
  const about = { definition: definition.name, operation }
  const was = there?.kind ?? 'diskless'
  draft.record({ type: 'resource.disk-addition-started', ...about, node, was })
  if (source) {
    draft.record({
      type: 'resource.replacement-started',
      ...{ ...about, node: source.node, by: node },
      ...(wanted.leaveSnapshots ? { leaveSnapshots: true } : {}),
    })
  }
  beginVolumes(draft, definition.name)
  settleDefinition(draft, definition.name)
  return undefined
}

/** Asked for again it is what runs; what is there already needs nothing. */
function repeated(
  draft: Draft,
  there: Resource,
  source: Resource | undefined,
): Refusal | undefined {
  const operation = there.adding?.operation
  const subject = `${there.definition} on node ${there.node}`
  if (operation === undefined) {
    if (!source) return undefined
    const problem = 'it has a disk already'
    const remedy = `The other one can go: varve resource delete ${there.definition} ${source.node}`
    return refuse('in-use', { noun: 'Resource', subject, problem }, remedy)
  }
  if (source && source.leaving?.operation !== operation) {
    return refuse('operation-runs', { operation, subject })
  }
  draft.reply = { operation }
  return undefined
}

function requireSource(
  draft: Draft,
  { name }: ResourceDefinition,
  { from = '', node }: WantedDisk,
): Resource | Refusal {
  const source = requireResource(draft.state, name, from)
  if (isRefusal(source)) return source
  const subject = `${name} on node ${source.node}`
  const deleting = refuseIfDeleting('Resource', subject, source)
  if (deleting) return deleting
  if (source.kind !== 'diskful' || nameKey(source.node) === nameKey(node)) {
    const problem = source.kind === 'diskful' ? 'it is the same node' : `it is ${source.kind}`
    return refuse('in-use', { noun: 'Resource', subject, problem }, 'Name another source.')
  }
  const { leaving } = source
  if (leaving && nameKey(leaving.by ?? '') !== nameKey(node)) {
    return refuse('operation-runs', { operation: leaving.operation, subject })
  }
  return source
}

/** The volumes that are still there come back, whatever has happened to their storage meanwhile. */
function keepDisk(draft: Draft, there: Resource, wanted: WantedDisk): Refusal | undefined {
  const { definition, node, removing } = there
  if (!removing) return undefined
  const { operation } = removing
  if (wanted.pool !== undefined) {
    const remedy = 'Without a pool the removal is turned back.'
    return refuse('operation-runs', { operation, subject: `${definition} on node ${node}` }, remedy)
  }
  draft.record({ type: 'resource.disk-kept', definition, node })
  finishOperation(draft, operation)
  return undefined
}

function makeDisk(
  draft: Draft,
  definition: ResourceDefinition,
  { node: name, pool: asked, by: diskfulBy }: WantedDisk,
): Refusal | undefined {
  const node = requireNode(draft.state, name)
  if (isRefusal(node)) return node
  const pool = resolvePool(draft.state, definition, node, asked)
  if (isRefusal(pool)) return pool
  return (
    refuseIfDeleting('Node', node.name, node) ??
    refuseIfRollingBack(definition) ??
    refuseUnfit(draft, definition, node, pool, undefined) ??
    placeResource(draft, definition, { node: node.name, kind: 'diskful', pool, diskfulBy })
  )
}

function removeDisk(
  draft: Draft,
  definition: ResourceDefinition,
  there: Resource,
  kind: ResourceKind,
): Refusal | undefined {
  const { definition: name, node: on, adding, removing, leaving } = there
  const subject = `${name} on node ${on}`
  if (there.kind !== 'diskful') {
    if (removing) draft.reply = { operation: removing.operation }
    const isOther = there.kind !== kind && there.kind !== 'tie-breaker'
    const problem = `it is ${there.kind} already`
    const remedy = `Delete it and create it anew: varve resource delete ${name} ${on}`
    if (isOther) return refuse('in-use', { noun: 'Resource', subject, problem }, remedy)
    return placeAgain(draft, definition, there, kind)
  }
  const node = requireNode(draft.state, on)
  if (isRefusal(node)) return node
  const { layers } = definition
  const refused =
    (leaving && refuse('operation-runs', { operation: leaving.operation, subject })) ??
    refuseIncapable(draft.state, node, { layers, kind, definition: name }) ??
    refuseIfSnapshotsOn(draft, name, on) ??
    refuseWhileChanging(draft, definition) ??
    refuseIfOnlyDisk(draft, there) ??
    refuseIfSource(draft, name, on) ??
    refuseIfLastGoodCopy(draft, name, on) ??
    refuseIfDiskNeeded(draft, name, on)
  if (refused) return refused
  if (adding) giveUp(draft, there, adding.operation)
  const operation = draft.startOperation('remove-disk', refer('resource', name, on))
  draft.reply = { operation }
  const about = { definition: name, node: on, operation, kind }
  draft.record({ type: 'resource.disk-removal-started', ...about })
  beginVolumes(draft, name)
  settleDefinition(draft, name)
  return undefined
}

/** Good or not: without any disk there would be nothing to be open. */
function refuseIfOnlyDisk(draft: Draft, { definition, node }: Resource): Refusal | undefined {
  const hasOther = resourcesOf(draft.state, definition).some(
    (row) => row.kind === 'diskful' && isLive(row) && row.node !== node,
  )
  if (hasOther) return undefined
  const problem = `no other replica has a disk than that on node ${node}`
  return refuse('in-use', { noun: 'Resource', subject: definition, problem })
}

/** A tie-breaker that somebody asks for is an ordinary diskless resource from then on. */
function placeAgain(
  draft: Draft,
  definition: ResourceDefinition,
  { node, kind: was }: Resource,
  kind: ResourceKind,
): Refusal | undefined {
  return was === kind ? undefined : placeResource(draft, definition, { node, kind })
}

/** Whoever was to make way for it stays. */
function giveUp(draft: Draft, { definition }: Resource, operation: string): void {
  for (const row of resourcesOf(draft.state, definition)) {
    if (!isLive(row) || row.leaving?.operation !== operation) continue
    draft.record({ type: 'resource.replacement-dropped', definition, node: row.node })
  }
  finishOperation(draft, operation)
}
