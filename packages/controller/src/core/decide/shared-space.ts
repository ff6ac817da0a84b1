/** Rules of storage that several nodes share: what can be there, and with whom. */
import {
  isLive,
  type Layer,
  nameKey,
  poolOf,
  type Refusal,
  type Resource,
  type ResourceDefinition,
  refuse,
  resourceOf,
  resourcesOf,
  type State,
  twinsOf,
} from '@varve/events'

/** Where a new resource is to be: the space of its pools, and whether a twin is there already. */
export type Sharing = { readonly space?: string; readonly inactive?: true }

const possible: ReadonlySet<Layer> = new Set(['LUKS', 'STORAGE'])

/** The first resource in a space is active, later ones of the same definition there are not. */
export function sharingOf(
  state: State,
  definition: ResourceDefinition,
  wanted: { readonly node: string; readonly pools: readonly string[] },
): Sharing | Refusal {
  const spaces = new Set(wanted.pools.map((name) => poolOf(state, wanted.node, name)?.sharedSpace))
  const [space] = spaces
  if (spaces.size > 1) return refuseParted(definition, wanted.node)
  if (space === undefined) return {}
  const other = definition.layers.find((layer) => !possible.has(layer))
  if (other !== undefined) {
    const problem = `Layer ${other} is not possible in shared space ${space}.`
    return refuse('not-supported', { problem }, 'Possible are LUKS and STORAGE.')
  }
  if (resourceOf(state, definition.name, wanted.node)) return { space }
  const twins = resourcesOf(state, definition.name).filter((row) => row.space === space)
  const going = twins.find((row) => !isLive(row))
  if (going?.phase.status === 'deleting' && !twins.some(isLive)) {
    const subject = `${definition.name} on node ${going.node}`
    const { operation } = going.phase
    return refuse('being-deleted', { noun: 'Resource', subject, operation })
  }
  return twins.length === 0 ? { space } : { space, inactive: true }
}

const refuseParted = ({ name }: ResourceDefinition, node: string) =>
  refuse('not-supported', {
    problem: `All volumes of ${name} on ${node} have to be in the same shared space, or in none.`,
  })

/** Refusal when a new volume would not be where the others of its resource are. */
export function refuseOtherSpace(
  state: State,
  definition: ResourceDefinition,
  { node, space }: Resource,
  pool: string,
): Refusal | undefined {
  return poolOf(state, node, pool)?.sharedSpace === space
    ? undefined
    : refuseParted(definition, node)
}

/** Refusal while several nodes have the volumes: one that is closed could not let go of one of them. */
export function refuseIfTwins(state: State, definition: string, what: string): Refusal | undefined {
  const row = resourcesOf(state, definition).find((one) => twinsOf(state, one).length > 0)
  if (!row) return undefined
  const nodes = [row, ...twinsOf(state, row)].map(({ node }) => node).join(', ')
  const problem = `its storage in shared space ${row.space} is on several nodes (${nodes})`
  return refuse(
    'in-use',
    { noun: 'Resource definition', subject: row.definition, problem },
    `Delete it on all nodes but one, ${what}, and create it there again.`,
  )
}

/** What is to change its storage is done by the node where it is active. */
export function refuseIfInactive(state: State, definition: string): Refusal | undefined {
  const rows = resourcesOf(state, definition).filter((row) => row.kind === 'diskful' && isLive(row))
  const idle = rows.find(
    (row) => row.inactive && !twinsOf(state, row).some((twin) => isLive(twin) && !twin.inactive),
  )
  if (!idle) return undefined
  const subject = `${idle.definition} on node ${idle.node}`
  const problem = 'nobody has its storage open'
  const remedy = `varve resource activate ${idle.definition} ${idle.node}`
  return refuse('inactive', { subject, problem }, remedy)
}

export const hasPoolIn = (state: State, node: string, space: string): string | undefined =>
  state.pools.by('node', nameKey(node)).find((pool) => pool.sharedSpace === space)?.name
