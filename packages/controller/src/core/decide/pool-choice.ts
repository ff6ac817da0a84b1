/** Which pool an explicit `resource create` uses (reference 6). */
import {
  defaultPool,
  firstOf,
  groupOf,
  type Node,
  poolOf,
  type Refusal,
  type ResourceDefinition,
  refuse,
  resourcesOf,
  type State,
  volumeDefinitionsOf,
  volumesOf,
} from '@varve/events'

/** Asked for, else `StorPoolName`, else a pool that diskful peers use, else DfltStorPool. */
export function resolvePool(
  state: State,
  definition: ResourceDefinition,
  node: Node,
  asked: string | undefined,
): string | Refusal {
  const named =
    asked ??
    firstOf('StorPoolName', [
      ...volumeDefinitionsOf(state, definition.name).map((row) => row.props),
      definition.props,
      groupOf(state, definition.group)?.props,
      node.props,
    ])
  if (named !== undefined) {
    const pool = poolOf(state, node.name, named)
    if (!pool) {
      return refuse('not-found', { noun: 'storage pool', subject: `${named} on node ${node.name}` })
    }
    if (pool.provider === 'DISKLESS') {
      return refuse('not-supported', { problem: `Storage pool ${pool.name} has no storage.` })
    }
    return pool.name
  }
  const ofPeers = resourcesOf(state, definition.name)
    .flatMap((row) => volumesOf(state, definition.name, row.node))
    .flatMap((volume) => volume.pool ?? [])
  const known = [...ofPeers, defaultPool].find((name) => poolOf(state, node.name, name))
  return (
    known ??
    refuse(
      'no-default-pool',
      { subject: node.name, required: [...new Set([...ofPeers, defaultPool])].join(' or ') },
      'Name one: --storage-pool <pool>',
    )
  )
}
