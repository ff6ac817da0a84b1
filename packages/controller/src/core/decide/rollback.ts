/** A definition whose volumes take the content of one of its snapshots: what has to be so first. */
import {
  type Args,
  definitionOf,
  isLive,
  isRefusal,
  nameKey,
  nodeOf,
  poolOf,
  type Refusal,
  type Resource,
  type ResourceDefinition,
  refer,
  refusalText,
  refuse,
  resourcesOf,
  type Snapshot,
  snapshotOf,
  snapshotsOf,
  volumeDefinitionsOf,
  volumesOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { refuseIfDeleting, requireDefinition } from './require.ts'
import { refuseIfInUse } from './safety.ts'
import { createSnapshot } from './snapshot.ts'
import { refuseWhileChanging, requireSnapshot } from './snapshot-guard.ts'

export function rollBack(draft: Draft, args: Args<'snapshot.rollback'>): Refusal | undefined {
  const snapshot = requireSnapshot(draft, args.definition, args.snapshot)
  if (isRefusal(snapshot)) return snapshot
  const definition = requireDefinition(draft.state, snapshot.definition)
  if (isRefusal(definition)) return definition
  const { rollback } = definition
  if (rollback && nameKey(rollback.snapshot) === nameKey(snapshot.name)) {
    draft.reply = { operation: rollback.operation }
    return undefined
  }
  const refused = refuseRollback(draft, definition, snapshot)
  if (refused) return refused
  if (args.safetySnapshot !== undefined) {
    const about = { definition: definition.name, snapshot: args.safetySnapshot }
    return (
      refuseSafety(draft, definition) ??
      createSnapshot(draft, { ...about, rollbackTo: snapshot.name })
    )
  }
  begin(draft, snapshot)
  return undefined
}

/** What was allowed when it was asked for may be refused by now: only the log hears of it. */
export function beginRollback(draft: Draft, args: Args<'rollback.begin'>): undefined {
  const safety = snapshotOf(draft.state, args.definition, args.snapshot)
  const definition = definitionOf(draft.state, args.definition)
  if (!definition || safety?.phase !== 'ready' || safety.rollbackTo === undefined) return undefined
  const snapshot = requireSnapshot(draft, definition.name, safety.rollbackTo)
  const refused = isRefusal(snapshot) ? snapshot : refuseRollback(draft, definition, snapshot)
  if (refused || isRefusal(snapshot)) {
    const problem = refused ? refusalText(refused) : ''
    const about = { definition: definition.name, snapshot: safety.rollbackTo, problem }
    draft.record({ type: 'rollback.refused', ...about })
    return undefined
  }
  begin(draft, snapshot)
  return undefined
}

function begin(draft: Draft, { definition, name: snapshot }: Snapshot): void {
  const target = refer('snapshot', definition, snapshot)
  const operation = draft.startOperation('rollback-snapshot', target)
  draft.reply = { operation }
  draft.record({ type: 'rollback.started', definition, snapshot, operation })
}

function refuseRollback(
  draft: Draft,
  definition: ResourceDefinition,
  snapshot: Snapshot,
): Refusal | undefined {
  return (
    refuseIfDeleting('Resource definition', definition.name, definition) ??
    refuseUnready(snapshot) ??
    refuseWhileChanging(draft, definition) ??
    refuseOtherVolumes(draft, snapshot) ??
    refuseReplicas(draft, definition, snapshot)
  )
}

/** It would be later than the one that is gone back to. */
function refuseSafety(draft: Draft, { name }: ResourceDefinition): Refusal | undefined {
  for (const { node } of resourcesOf(draft.state, name)) {
    for (const { pool } of volumesOf(draft.state, name, node)) {
      const provider = pool === undefined ? undefined : poolOf(draft.state, node, pool)?.provider
      if (provider !== 'ZFS' && provider !== 'ZFS_THIN') continue
      const problem = `ZFS on node ${node} goes back to its last snapshot only, and a safety snapshot of ${name} would be the last.`
      return refuse('not-supported', { problem }, 'Roll back without one.')
    }
  }
  return undefined
}

function refuseUnready(snapshot: Snapshot): Refusal | undefined {
  if (snapshot.phase === 'ready') return undefined
  const subject = `${snapshot.definition}/${snapshot.name}`
  const problem = snapshot.problem ?? `it is ${snapshot.phase}`
  return refuse('in-use', { noun: 'Snapshot', subject, problem })
}

/** A volume that is not part of it would go on with what the others no longer know. */
function refuseOtherVolumes(draft: Draft, snapshot: Snapshot): Refusal | undefined {
  const of = snapshot.definition
  const added = volumeDefinitionsOf(draft.state, of).find(
    ({ number }) => !snapshot.volumes.some((volume) => volume.number === number),
  )
  if (!added) return undefined
  const problem = `volume ${added.number} is not part of snapshot ${snapshot.name}: it came later`
  const remedy = `Make a new definition of it instead: varve snapshot restore ${of} ${snapshot.name} <new name>`
  return refuse('in-use', { noun: 'Resource definition', subject: of, problem }, remedy)
}

/** All at once or none: one that kept newer data would give it to the others when they come up. */
function refuseReplicas(
  draft: Draft,
  definition: ResourceDefinition,
  snapshot: Snapshot,
): Refusal | undefined {
  if (definition.layers.includes('NVME')) {
    const problem = `${definition.name} is offered over NVMe, and cannot be taken away from those who use it.`
    const remedy = 'Restore the snapshot into a new definition.'
    return refuse('not-supported', { problem }, remedy)
  }
  for (const resource of resourcesOf(draft.state, definition.name)) {
    const subject = `${definition.name} on node ${resource.node}`
    const refused =
      refuseIfDeleting('Resource', subject, resource) ??
      refuseOffline(draft, resource) ??
      refuseIfInUse(draft, definition.name, resource.node) ??
      (resource.kind === 'diskful' ? refuseReplica(draft, resource, snapshot) : undefined)
    if (refused) return refused
  }
  return definition.layers.some((layer) => layer === 'DRBD' || layer === 'LUKS')
    ? undefined
    : refuseBlind(draft, definition)
}

/** It may be in use there, and would come back with newer data. */
function refuseOffline(draft: Draft, { definition, node }: Resource): Refusal | undefined {
  if (nodeOf(draft.state, node)?.link.status === 'online') return undefined
  const problem = `${definition} has to be taken down on all its nodes first.`
  const remedy = `Start its satellite; or, if the node is gone for ever: varve node lost ${node}`
  return refuse('node-offline', { subject: node, problem }, remedy)
}

function refuseReplica(
  draft: Draft,
  { definition, node }: Resource,
  snapshot: Snapshot,
): Refusal | undefined {
  const own = snapshot.nodes.find((row) => nameKey(row.node) === nameKey(node))
  // A copy has the bytes of another replica: DRBD's metadata in it is that peer's.
  const there = own && own.copy === undefined && own.leaving === undefined ? own.volumes : []
  for (const { number, pool } of volumesOf(draft.state, definition, node)) {
    if (pool === undefined) continue
    const part = there.find((row) => row.number === number)
    if (!part || nameKey(part.pool) !== nameKey(pool)) {
      const subject = `${definition}/${snapshot.name}`
      const problem = `the replica on node ${node} has no part in it`
      const remedy = `Delete that replica, roll back, and make it again: varve resource delete ${definition} ${node}`
      return refuse('in-use', { noun: 'Snapshot', subject, problem }, remedy)
    }
    const provider = poolOf(draft.state, node, pool)?.provider
    if (provider !== 'ZFS' && provider !== 'ZFS_THIN') continue
    const later = laterThan(draft, snapshot, node)
    if (later.length === 0) continue
    const subject = `${definition}/${snapshot.name}`
    const problem = `ZFS on node ${node} would destroy the later snapshots ${later.join(', ')}`
    const remedy = `Delete them first, or restore it as a new definition: varve snapshot restore ${subject.replace('/', ' ')} <new name>`
    return refuse('in-use', { noun: 'Snapshot', subject, problem }, remedy)
  }
  return undefined
}

function laterThan(draft: Draft, snapshot: Snapshot, node: string): string[] {
  return snapshotsOf(draft.state, snapshot.definition)
    .filter(
      (row) =>
        row.origin.sequence > snapshot.origin.sequence &&
        row.nodes.some(
          (one) =>
            nameKey(one.node) === nameKey(node) &&
            one.state !== 'removed' &&
            // Copies lie in a volume of their own.
            one.copy === undefined,
        ),
    )
    .map(({ name }) => name)
}

/** LVM knows whether a volume is open; of a zvol or an image nobody can tell. */
function refuseBlind(draft: Draft, { name }: ResourceDefinition): Refusal | undefined {
  for (const { node } of resourcesOf(draft.state, name).filter(isLive)) {
    for (const { number, pool } of volumesOf(draft.state, name, node)) {
      const provider = pool === undefined ? undefined : poolOf(draft.state, node, pool)?.provider
      if (provider === undefined || provider === 'LVM_THIN') continue
      const problem = `Volume ${name}/${number} on node ${node} is of provider ${provider} without DRBD or LUKS above it: nothing can tell whether somebody has it open, and its data would change under them.`
      const remedy = 'Restore the snapshot as a new definition instead: varve snapshot restore'
      return refuse('not-supported', { problem }, remedy)
    }
  }
  return undefined
}

/** Refusal while the definition goes back to a snapshot. */
export function refuseIfRollingBack({ name, rollback }: ResourceDefinition): Refusal | undefined {
  if (!rollback) return undefined
  const { operation } = rollback
  const remedy = `See what it waits for: varve explain stuck ${operation}`
  return refuse('operation-runs', { operation, subject: name }, remedy)
}
