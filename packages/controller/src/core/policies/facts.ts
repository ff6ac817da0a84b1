/** What policies look at of a definition, looked up once for all of them. */
import {
  controllerProps,
  definitionOf,
  firstOf,
  groupOf,
  isLive,
  nodeOf,
  type ObservedView,
  type Props,
  type Resource,
  type ResourceDefinition,
  resourcesOf,
  type Snapshot,
  type State,
  snapshotsOf,
} from '@varve/events'

export type Facts = {
  readonly state: State
  readonly observed: ObservedView
  readonly definition: ResourceDefinition
  /** Properties RD > RG > C. */
  readonly chain: readonly (Props | undefined)[]
  /** Its resources that stay. */
  readonly resources: readonly Resource[]
  readonly snapshots: readonly Snapshot[]
}

/** Undefined: there is no such definition. */
export function factsOf(state: State, observed: ObservedView, name: string): Facts | undefined {
  const definition = definitionOf(state, name)
  if (!definition) return undefined
  const group = groupOf(state, definition.group)
  return {
    state,
    observed,
    definition,
    chain: [definition.props, group?.props, controllerProps(state)],
    resources: resourcesOf(state, name).filter(isLive),
    snapshots: snapshotsOf(state, name),
  }
}

/** Quorum is Varve's to manage unless a user has set it on some level. */
export function isQuorumManaged({ chain }: Facts): boolean {
  const setBy = firstOf('Internal/Drbd/QuorumSetBy', chain)
  return setBy === undefined || setBy === 'linstor'
}

/** A cluster has a few versions, and each change of a definition asks for that of all its nodes. */
const versions = new Map<string, readonly number[]>()
const versionsLimit = 100

function partsOf(kernel: string): readonly number[] {
  const known = versions.get(kernel)
  if (known) return known
  if (versions.size >= versionsLimit) versions.clear()
  const parts = kernel.split('.').map(Number)
  versions.set(kernel, parts)
  return parts
}

/** True when the DRBD module of the resource's node is at least the given version. */
export function hasDrbd(state: State, node: string, required: readonly number[]): boolean {
  const kernel = nodeOf(state, node)?.capabilities?.drbdKernel
  if (kernel === undefined) return false
  const parts = partsOf(kernel)
  for (const [index, want] of required.entries()) {
    const have = parts[index] ?? 0
    if (have !== want) return have > want
  }
  return true
}
