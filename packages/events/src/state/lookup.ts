/** Reading the state by names, in any spelling. */

import type { Companion, CompanionRole } from '../companion.ts'
import type { Props } from '../kinds.ts'
import { keyOf, nameKey } from '../names.ts'
import { inOrder } from '../reference.ts'
import type {
  DevicePool,
  KeyValueStore,
  Member,
  Node,
  NodeConnection,
  Remote,
  Resource,
  ResourceConnection,
  ResourceDefinition,
  ResourceGroup,
  Schedule,
  Snapshot,
  StoragePool,
  Volume,
  VolumeDefinition,
  VolumeGroup,
} from './records.ts'
import type { State } from './state.ts'

/** Properties of the controller: the last link of most chains. */
export const controllerProps = (state: State): Props => state.controller.get('')?.props ?? noProps
const noProps: Props = {}

export const nodeOf = (state: State, node: string): Node | undefined =>
  state.nodes.get(nameKey(node))

export const poolOf = (state: State, node: string, pool: string): StoragePool | undefined =>
  state.pools.get(keyOf(node, pool))

export const devicePoolOf = (state: State, node: string, backing: string): DevicePool | undefined =>
  state.devicePools.get(keyOf(node, backing))

export const keyValueStoreOf = (state: State, store: string): KeyValueStore | undefined =>
  state.keyValueStores.get(nameKey(store))

export const remoteOf = (state: State, remote: string): Remote | undefined =>
  state.remotes.get(nameKey(remote))

export const scheduleOf = (state: State, schedule: string): Schedule | undefined =>
  state.schedules.get(nameKey(schedule))
export const memberOf = (state: State, member: string): Member | undefined =>
  state.members.get(nameKey(member))

export const groupOf = (state: State, group: string): ResourceGroup | undefined =>
  state.groups.get(nameKey(group))

export const volumeGroupsOf = (state: State, group: string): VolumeGroup[] =>
  state.volumeGroups.by('group', nameKey(group)).sort((a, b) => a.number - b.number)

export const definitionOf = (state: State, definition: string): ResourceDefinition | undefined =>
  state.definitions.get(nameKey(definition))

export const volumeDefinitionOf = (
  state: State,
  definition: string,
  number: number,
): VolumeDefinition | undefined => state.volumeDefinitions.get(keyOf(definition, number))

/** Volume definitions of a resource definition, by number. */
export const volumeDefinitionsOf = (state: State, definition: string): VolumeDefinition[] =>
  state.volumeDefinitions.by('definition', nameKey(definition)).sort((a, b) => a.number - b.number)

export const resourceOf = (state: State, definition: string, node: string): Resource | undefined =>
  state.resources.get(keyOf(definition, node))

/** Resources of a definition, by node name. */
export const resourcesOf = (state: State, definition: string): Resource[] =>
  state.resources.by('definition', nameKey(definition))

export const resourcesOn = (state: State, node: string): Resource[] =>
  state.resources.by('node', nameKey(node))

export const volumeOf = (
  state: State,
  definition: string,
  node: string,
  number: number,
): Volume | undefined => state.volumes.get(keyOf(definition, node, number))

/** Volumes of one resource, by number. */
export const volumesOf = (state: State, definition: string, node: string): Volume[] =>
  state.volumes.by('resource', keyOf(definition, node)).sort((a, b) => a.number - b.number)

/** A backing object of the volume beside its data. */
export const companionOf = (volume: Volume, role: CompanionRole): Companion | undefined =>
  volume.companions?.find((row) => row.role === role)

export const nodeConnectionOf = (
  state: State,
  nodes: readonly [string, string],
): NodeConnection | undefined => state.nodeConnections.get(keyOf(...inOrder(nodes)))

export const resourceConnectionOf = (
  state: State,
  definition: string,
  nodes: readonly [string, string],
): ResourceConnection | undefined =>
  state.resourceConnections.get(keyOf(definition, ...inOrder(nodes)))

export const resourceConnectionsOf = (state: State, definition: string): ResourceConnection[] =>
  state.resourceConnections.by('definition', nameKey(definition))

export const snapshotOf = (
  state: State,
  definition: string,
  snapshot: string,
): Snapshot | undefined => state.snapshots.get(keyOf(definition, snapshot))

/** Snapshots of a definition, by name. */
export const snapshotsOf = (state: State, definition: string): Snapshot[] =>
  state.snapshots.by('definition', nameKey(definition))

export const isLive = (record: { readonly phase: { readonly status: string } }): boolean =>
  record.phase.status === 'live'

/** Resources that have not done yet what the phase of their definition's rollback asks for. */
export function rollbackWaitsFor(state: State, row: ResourceDefinition): Resource[] {
  const { rollback } = row
  if (!rollback) return []
  return resourcesOf(state, row.name).filter(
    (resource) => isLive(resource) && !rollback.reached.includes(nameKey(resource.node)),
  )
}
