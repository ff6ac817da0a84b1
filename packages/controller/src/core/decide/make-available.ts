/** Whatever it takes that a resource can be opened on a node (reference 17). */
import {
  type Args,
  defaultDisklessPool,
  groupOf,
  isLive,
  isRefusal,
  mayBeOpen,
  mergeFilters,
  type Node,
  poolOf,
  type Refusal,
  type Resource,
  type ResourceDefinition,
  refuse,
  resourceOf,
  resourcesOf,
  twinsOf,
  volumeDefinitionsOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { refuseIncapable } from '../placement/capability.ts'
import { autoPlace } from '../placement/place.ts'
import { activate, handOver } from './activity.ts'
import { placeResource } from './place-resource.ts'
import { refuseIfDeleting, requireDefinition, requireNode } from './require.ts'
import { createResource } from './resource.ts'
import { hasPoolIn } from './shared-space.ts'
import { addDisk } from './toggle-disk.ts'
import { beginVolumes } from './volume.ts'

export function makeAvailable(
  draft: Draft,
  args: Args<'resource.make-available'>,
): Refusal | undefined {
  const definition = requireDefinition(draft.state, args.definition)
  if (isRefusal(definition)) return definition
  const node = requireNode(draft.state, args.node)
  if (isRefusal(node)) return node
  const there = resourceOf(draft.state, definition.name, node.name)
  const refused =
    refuseIfDeleting('Resource definition', definition.name, definition) ??
    refuseIfDeleting('Node', node.name, node) ??
    (there && refuseIfDeleting('Resource', `${definition.name} on node ${node.name}`, there))
  if (refused) return refused
  if (there?.inactive) return takeOver(draft, definition, there)
  if (there?.kind === 'diskful') return undefined
  const pool = there ? undefined : sharedPool(draft, definition, node)
  if (pool !== undefined) return joinSpace(draft, definition, node, pool)
  if (args.diskful) return makeDiskful(draft, definition, node)
  if (there?.kind === 'tie-breaker') {
    return placeResource(draft, definition, { node: node.name, kind: 'diskless' })
  }
  if (there) return undefined
  const diskless = draft.attempt(() => makeDiskless(draft, definition, node))
  if (!diskless) return undefined
  // Where nothing can do without a disk it gets one.
  return draft.attempt(() => makeDiskful(draft, definition, node)) && diskless
}

/** A pool in whose space the definition has its storage already. */
function sharedPool({ state }: Draft, { name }: ResourceDefinition, { name: node }: Node) {
  const spaces = resourcesOf(state, name).flatMap(({ space }) => space ?? [])
  return spaces.flatMap((space) => hasPoolIn(state, node, space) ?? [])[0]
}

/** The twin that is active is closed first; what was created here waits for that. */
function joinSpace(
  draft: Draft,
  definition: ResourceDefinition,
  { name: node }: Node,
  pool: string,
): Refusal | undefined {
  const refused = createResource(draft, {
    definition: definition.name,
    node,
    kind: 'diskful',
    pool,
  })
  if (refused) return refused
  const made = resourceOf(draft.state, definition.name, node)
  return made?.inactive ? takeOver(draft, definition, made) : undefined
}

function takeOver(
  draft: Draft,
  definition: ResourceDefinition,
  resource: Resource,
): Refusal | undefined {
  const active = twinsOf(draft.state, resource).find((twin) => isLive(twin) && mayBeOpen(twin))
  return active ? handOver(draft, definition, active, resource.node) : activate(draft, resource)
}

function makeDiskless(
  draft: Draft,
  definition: ResourceDefinition,
  node: Node,
): Refusal | undefined {
  const { layers, name } = definition
  if (!layers.includes('DRBD') && !layers.includes('NVME')) {
    const problem = `${name} has neither DRBD nor NVMe to reach its data by.`
    return refuse('not-supported', { problem })
  }
  if (!poolOf(draft.state, node.name, defaultDisklessPool)) {
    return refuse('no-default-pool', { subject: node.name, required: defaultDisklessPool })
  }
  const refused =
    refuseIncapable(draft.state, node, { layers, kind: 'diskless', definition: name }) ??
    placeResource(draft, definition, { node: node.name, kind: 'diskless' })
  if (refused) return refused
  beginVolumes(draft, name)
  return undefined
}

/** In the best pool that the node has, as the resource group wants them. */
function makeDiskful(
  draft: Draft,
  definition: ResourceDefinition,
  node: Node,
): Refusal | undefined {
  const { name, layers } = definition
  const filter = groupOf(draft.state, definition.group)?.filter ?? {}
  const there = resourceOf(draft.state, name, node.name)
  // A removal that is under way is turned back, wherever its storage is.
  const by = { node: node.name, by: 'make-available', from: undefined } as const
  if (there?.removing) return addDisk(draft, definition, { ...by, pool: undefined })
  const placement = autoPlace(draft.state, draft.context.observed, {
    definition: name,
    filter: mergeFilters(filter, { additionalPlaceCount: 1, nodes: [node.name] }),
    sizeKib: volumeDefinitionsOf(draft.state, name)
      .filter(isLive)
      .reduce((sum, row) => sum + row.sizeKib, 0),
    layers,
    ignoreNodes: there ? [node.name] : [],
  })
  draft.explain = placement.explanation
  if (isRefusal(placement)) return placement
  const pool = placement.chosen[0]?.pool
  if (pool === undefined) return undefined
  if (layers.includes('DRBD')) return addDisk(draft, definition, { ...by, pool })
  const refused = placeResource(draft, definition, {
    node: node.name,
    kind: 'diskful',
    pool,
    diskfulBy: 'make-available',
  })
  if (refused) return refused
  beginVolumes(draft, name)
  return undefined
}
