/** Snapshots: a cut through all replicas of a definition at one moment. */
import {
  type Args,
  type CloneAs,
  definitionOf,
  isLive,
  isRefusal,
  nameKey,
  nodeOf,
  type Props,
  type Provider,
  poolOf,
  type Refusal,
  type Resource,
  type ResourceDefinition,
  refer,
  refuse,
  resourcesOf,
  type Snapshot,
  snapshotOf,
  snapshotsOf,
  type Volume,
  volumeDefinitionsOf,
  volumesOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { dependentOf, dependentsOf, settleSnapshots } from '../operations/snapshot.ts'
import { hasIt, refuseWhileCopied } from './copy-guard.ts'
import { headerProps, inheritable, pick } from './inheritable.ts'
import { changeProperties } from './property.ts'
import { missing, refuseIfDeleting, refuseIfTaken, requireDefinition } from './require.ts'

const capable: ReadonlySet<Provider> = new Set(['LVM_THIN', 'ZFS', 'ZFS_THIN', 'FILE', 'FILE_THIN'])

type Wanted = Args<'snapshot.create'> & {
  readonly auto?: number
  readonly cut?: string
  readonly cloneTo?: string
  readonly cloneAs?: CloneAs | undefined
  readonly rollbackTo?: string
}

export function createSnapshot(draft: Draft, args: Wanted): Refusal | undefined {
  const definition = requireDefinition(draft.state, args.definition)
  if (isRefusal(definition)) return definition
  const name = `${definition.name}/${args.snapshot}`
  const refused =
    refuseIfDeleting('Resource definition', definition.name, definition) ??
    refuseIfTaken('snapshot', name, snapshotOf(draft.state, definition.name, args.snapshot)) ??
    refuseWhileChanging(draft, definition)
  if (refused) return refused
  // Nothing to take, and where there is no device nobody could let input and output go on again.
  if (volumeDefinitionsOf(draft.state, definition.name).length === 0) {
    return missing('volume', `of ${definition.name}`)
  }
  const replicas = chooseReplicas(draft, definition, args.nodes)
  if (isRefusal(replicas)) return replicas
  const suspends = definition.layers.includes('DRBD')
  const holders = suspends ? holdersOf(draft, definition, replicas) : replicas
  if (isRefusal(holders)) return holders
  const target = refer('snapshot', definition.name, args.snapshot)
  const operation = draft.startOperation('create-snapshot', target)
  draft.reply = { operation, snapshot: args.snapshot }
  draft.record({
    type: 'snapshot.created',
    definition: definition.name,
    snapshot: args.snapshot,
    operation,
    nodes: holders.map((resource) => ({
      node: resource.node,
      ...(resource.nodeId === undefined ? {} : { nodeId: resource.nodeId }),
      ...(resource.peerSlots === undefined ? {} : { peerSlots: resource.peerSlots }),
      volumes: replicas.includes(resource) ? placesOf(draft, resource) : [],
    })),
    volumes: volumeDefinitionsOf(draft.state, definition.name).map(
      ({ number, sizeKib, gross, luksKey, luksKeyBoundTo, luksKeyIsChosen, props }) => ({
        number,
        sizeKib,
        ...(gross ? { gross } : {}),
        ...(luksKey === undefined ? {} : { key: luksKey }),
        ...(luksKeyBoundTo === undefined ? {} : { boundTo: luksKeyBoundTo }),
        ...(luksKeyIsChosen ? { isChosen: true } : {}),
        ...someProps({ ...pick(props, headerProps), ...inheritable('volume-definition', props) }),
      }),
    ),
    ...someProps(inheritable('resource-definition', definition.props)),
    suspends,
    ...(args.auto === undefined ? {} : { auto: args.auto }),
    ...(args.cut === undefined ? {} : { cut: args.cut }),
    ...(args.cloneTo === undefined ? {} : { cloneTo: args.cloneTo }),
    ...(args.cloneAs === undefined ? {} : { cloneAs: args.cloneAs }),
    ...(args.rollbackTo === undefined ? {} : { rollbackTo: args.rollbackTo }),
  })
  return undefined
}

/** One entry makes all of them, so they are under way together or not at all. */
export function createSnapshots(
  draft: Draft,
  { snapshots }: Args<'snapshot.create-multiple'>,
): Refusal | undefined {
  const twice = snapshots.find((one, at) =>
    snapshots.slice(0, at).some((other) => nameKey(other.definition) === nameKey(one.definition)),
  )
  if (twice) {
    const problem = `${twice.definition} stands there twice, and one moment is one snapshot of it`
    return refuse('invalid-arguments', { subject: 'snapshots', problem })
  }
  const [first] = snapshots
  const cut = snapshots.length > 1 ? { cut: draft.context.entry } : {}
  for (const one of snapshots) {
    const refused = createSnapshot(draft, { ...one, ...cut })
    if (refused) return refused
  }
  const about = first && snapshotOf(draft.state, first.definition, first.snapshot)
  draft.reply = about?.operation === undefined ? {} : { operation: about.operation }
  return undefined
}

export function modifySnapshot(draft: Draft, args: Args<'snapshot.modify'>): Refusal | undefined {
  const row = requireSnapshot(draft, args.definition, args.snapshot)
  if (isRefusal(row)) return row
  return changeProperties(draft, refer('snapshot', row.definition, row.name), args)
}

export function deleteSnapshot(draft: Draft, args: Args<'snapshot.delete'>): Refusal | undefined {
  const row = requireSnapshot(draft, args.definition, args.snapshot)
  if (isRefusal(row)) return row
  if (row.phase === 'deleting') {
    draft.reply = row.operation === undefined ? {} : { operation: row.operation }
    return undefined
  }
  const subject = `${row.definition}/${row.name}`
  const operationNow =
    row.operation ?? definitionOf(draft.state, row.definition)?.rollback?.operation
  if (operationNow !== undefined) {
    return refuse('operation-runs', { operation: operationNow, subject })
  }
  const refused = refuseWhileCopied(draft, row)
  if (refused) return refused
  if (args.nodes) return deleteParts(draft, row, args.nodes)
  const dependent = dependentOf(draft.state, row)
  if (dependent) return refuseDependent(subject, dependent)
  if (row.nodes.length === 0) {
    draft.record({ type: 'snapshot.deleted', definition: row.definition, snapshot: row.name })
    return undefined
  }
  const target = refer('snapshot', row.definition, row.name)
  const operation = draft.startOperation('delete-snapshot', target)
  draft.reply = { operation }
  const { definition, name: snapshot } = row
  draft.record({ type: 'snapshot.deletion-started', definition, snapshot, operation })
  settleSnapshots(draft, definition)
  return undefined
}

/** From some of its nodes: what others need there stays, and so does the last of it. */
function deleteParts(draft: Draft, row: Snapshot, names: readonly string[]): Refusal | undefined {
  const { definition, name: snapshot } = row
  const asked = new Set(names.map(nameKey))
  const parts = row.nodes.filter((one) => asked.has(nameKey(one.node)) && one.volumes.length > 0)
  const unknown = names.find((name) => !parts.some(({ node }) => nameKey(node) === nameKey(name)))
  if (unknown !== undefined) return missing('snapshot', `${definition}/${snapshot} on ${unknown}`)
  const subject = `${definition}/${snapshot}`
  if (!row.nodes.some((one) => hasIt(one) && !parts.includes(one))) {
    const problem = `no other node than ${names.join(', ')} has it`
    const remedy = `As a whole: varve snapshot delete ${definition} ${snapshot}`
    return refuse('in-use', { noun: 'Snapshot', subject, problem }, remedy)
  }
  const dependent = dependentsOf(draft.state, row).find(({ node }) => asked.has(nameKey(node)))
  if (dependent) return refuseDependent(subject, dependent)
  const going = parts.filter(({ leaving }) => leaving === undefined)
  if (going.length === 0) return undefined
  const target = refer('snapshot', definition, snapshot)
  const operation = draft.startOperation('delete-snapshot', target)
  draft.reply = { operation }
  for (const { node } of going) {
    draft.record({
      ...{ type: 'snapshot.part-deletion-started', definition },
      ...{ snapshot, node, operation },
    })
  }
  return undefined
}

function refuseDependent(subject: string, { definition, number, node }: Volume): Refusal {
  const problem = `volume ${definition}/${number} on node ${node} is made from it`
  return refuse('in-use', { noun: 'Snapshot', subject, problem }, 'Delete that one first.')
}

export function requireSnapshot(
  draft: Draft,
  definition: string,
  snapshot: string,
): Snapshot | Refusal {
  const row = requireDefinition(draft.state, definition)
  if (isRefusal(row)) return row
  return (
    snapshotOf(draft.state, row.name, snapshot) ?? missing('snapshot', `${row.name}/${snapshot}`)
  )
}

/** Refusal while something of the definition depends on its snapshots. */
export function refuseIfSnapshots(draft: Draft, definition: string): Refusal | undefined {
  const names = snapshotsOf(draft.state, definition).map(({ name }) => name)
  if (names.length === 0) return undefined
  const problem = `it has the snapshots ${names.join(', ')}`
  const remedy = `Delete them first: varve snapshot delete ${definition} ${names[0]}`
  return refuse('in-use', { noun: 'Resource definition', subject: definition, problem }, remedy)
}

/** Refusal while snapshots of the node's replica are under way: what is there stays without it. */
export function refuseWhileTaken(
  draft: Draft,
  definition: string,
  node: string,
): Refusal | undefined {
  const row = snapshotsOf(draft.state, definition).find(
    ({ phase, nodes }) =>
      (phase === 'suspending' || phase === 'taking' || phase === 'resuming') &&
      nodes.some((one) => nameKey(one.node) === nameKey(node)),
  )
  if (row?.operation === undefined) return undefined
  const subject = `${row.definition} on node ${node}`
  return refuse('operation-runs', { operation: row.operation, subject })
}

/** Refusal while a snapshot of the node's replica lies there: it would not go with it. */
export function refuseIfSnapshotsOn(
  draft: Draft,
  definition: string,
  node: string,
): Refusal | undefined {
  const row = snapshotsOf(draft.state, definition).find(({ nodes }) =>
    nodes.some(
      (one) =>
        // A copy needs no resource beside it.
        nameKey(one.node) === nameKey(node) && one.volumes.length > 0 && one.copy === undefined,
    ),
  )
  if (!row) return undefined
  const subject = `${row.definition} on node ${node}`
  const problem = `it has the snapshot ${row.name}`
  const remedy = `Delete it first: varve snapshot delete ${row.definition} ${row.name}`
  return refuse('in-use', { noun: 'Resource', subject, problem }, remedy)
}

/** Refusal while something else changes what snapshots are made of. */
export function refuseWhileChanging(
  draft: Draft,
  definition: ResourceDefinition,
): Refusal | undefined {
  const other = snapshotsOf(draft.state, definition.name).find((row) => row.operation !== undefined)
  const volume = volumeDefinitionsOf(draft.state, definition.name).find(
    (row) => row.resizing ?? row.rekeying ?? (row.phase.status === 'deleting' || undefined),
  )
  const phase = volume?.phase
  const operation =
    definition.rollback?.operation ??
    other?.operation ??
    volume?.resizing?.operation ??
    volume?.rekeying?.operation ??
    (phase?.status === 'deleting' ? phase.operation : undefined)
  if (operation === undefined) return undefined
  return refuse('operation-runs', { operation, subject: definition.name })
}

/** Replicas whose content is complete and current, on storage that can do it. */
function chooseReplicas(
  draft: Draft,
  definition: ResourceDefinition,
  nodes: readonly string[] | undefined,
): readonly Resource[] | Refusal {
  const diskful = resourcesOf(draft.state, definition.name).filter(
    (row) => row.kind === 'diskful' && isLive(row),
  )
  const asked = nodes && new Set(nodes.map(nameKey))
  const unknown = nodes?.find((node) => !diskful.some((row) => nameKey(row.node) === nameKey(node)))
  if (unknown !== undefined) return missing('replica', `${definition.name} on node ${unknown}`)
  const chosen = diskful.filter((row) => asked === undefined || asked.has(nameKey(row.node)))
  if (chosen.length === 0) return missing('replica', definition.name)
  for (const resource of chosen) {
    const refused = refuseUnfit(draft, definition, resource)
    if (refused) return refused
  }
  return chosen
}

function refuseUnfit(
  draft: Draft,
  definition: ResourceDefinition,
  resource: Resource,
): Refusal | undefined {
  const { node } = resource
  if (nodeOf(draft.state, node)?.link.status !== 'online') {
    const problem = `its replica of ${definition.name} cannot be part of the snapshot.`
    return refuse('node-offline', { subject: node, problem }, 'Name the others with --nodes.')
  }
  for (const volume of volumesOf(draft.state, definition.name, node)) {
    const subject = `${definition.name}/${volume.number}`
    if (volume.companions !== undefined) {
      const roles = volume.companions.map(({ role }) => role).join(', ')
      const problem = `Volume ${subject} on node ${node} is more than one backing object (${roles}), and no cut goes through all of them: there are no snapshots of it.`
      return refuse('not-supported', { problem })
    }
    const provider = volume.pool === undefined ? undefined : poolOf(draft.state, node, volume.pool)
    if (provider && !capable.has(provider.provider)) {
      const problem = `Volume ${subject} on node ${node} is in a pool of provider ${provider.provider}, which has no snapshots.`
      return refuse('not-supported', { problem })
    }
    const isWhole = definition.layers.includes('DRBD')
      ? volume.disk === 'UpToDate'
      : volume.deployedKib !== undefined
    if (isWhole) continue
    const problem = `its disk on node ${node} is ${volume.disk ?? 'not there yet'}`
    return refuse('in-use', { noun: 'Volume', subject, problem }, 'Wait for its resync.')
  }
  return undefined
}

/**
 * All that may write hold their input and output, also those without a replica in the snapshot. A
 * node that is offline is no obstacle when the replicas have lost it, too.
 */
function holdersOf(
  draft: Draft,
  definition: ResourceDefinition,
  replicas: readonly Resource[],
): readonly Resource[] | Refusal {
  const all = resourcesOf(draft.state, definition.name)
  const live = all.filter(isLive)
  // Until it is gone its peers take what it writes (0022), and nothing holds it.
  const leaving = all.find((row) => !isLive(row) && isConnected(draft, row, replicas))
  if (leaving?.phase.status === 'deleting') {
    const subject = `${definition.name} on node ${leaving.node}`
    return refuse('operation-runs', { operation: leaving.phase.operation, subject })
  }
  const isOnline = ({ node }: Resource) => nodeOf(draft.state, node)?.link.status === 'online'
  const writer = live.find((row) => !isOnline(row) && isConnected(draft, row, replicas))
  if (writer === undefined) return live.filter(isOnline)
  const problem = `${definition.name} is connected to it, and nobody can hold its input and output.`
  return refuse('node-offline', { subject: writer.node, problem }, 'Start its satellite.')
}

function isConnected(draft: Draft, peer: Resource, replicas: readonly Resource[]): boolean {
  return replicas.some(({ definition, node }) =>
    draft.context.observed
      .resource(definition, node)
      ?.connections.some(
        (row) => nameKey(row.peer) === nameKey(peer.node) && row.state === 'Connected',
      ),
  )
}

const someProps = (props: Props) => (Object.keys(props).length === 0 ? {} : { props })

function placesOf(draft: Draft, { definition, node }: Resource) {
  return volumesOf(draft.state, definition, node).flatMap(({ number, pool }) =>
    pool === undefined ? [] : [{ number, pool }],
  )
}
