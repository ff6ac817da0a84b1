/** Which replicas take part in a snapshot, and who holds its input and output meanwhile. */
import {
  isLive,
  nameKey,
  nodeOf,
  type Provider,
  poolOf,
  type Refusal,
  type Resource,
  type ResourceDefinition,
  refuse,
  resourcesOf,
  volumesOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { refuseSnapshotSpace } from './capacity.ts'
import { missing } from './require.ts'

const capable: ReadonlySet<Provider> = new Set(['LVM_THIN', 'ZFS', 'ZFS_THIN', 'FILE', 'FILE_THIN'])

/** Replicas whose content is complete and current, on storage that can do it. */
export function chooseReplicas(
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
    const full = provider && refuseSnapshotSpace(draft, provider, definition)
    if (full) return full
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
export function holdersOf(
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
