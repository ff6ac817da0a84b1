/** What the tie-breaker and the quorum policy both look at (reference 9, 10). */
import {
  definitionOf,
  firstOf,
  groupOf,
  isLive,
  nodeOf,
  type Props,
  type Resource,
  resourcesOf,
  type State,
} from '@varve/events'

/** RD > RG > C. */
export function definitionChain(state: State, definition: string): (Props | undefined)[] {
  const row = definitionOf(state, definition)
  return [row?.props, row && groupOf(state, row.group)?.props, state.controller.get('')?.props]
}

/** Quorum is Varve's to manage unless a user has set it on some level. */
export function isQuorumManaged(state: State, definition: string): boolean {
  const setBy = firstOf('Internal/Drbd/QuorumSetBy', definitionChain(state, definition))
  return setBy === undefined || setBy === 'linstor'
}

export function liveResources(state: State, definition: string): Resource[] {
  return resourcesOf(state, definition).filter(isLive)
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
