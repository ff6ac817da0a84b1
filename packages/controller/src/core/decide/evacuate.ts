/** Emptying a node: a new replica first, and the old one goes when that is whole (reference 13). */
import {
  type Args,
  definitionOf,
  groupOf,
  isLive,
  isRefusal,
  mergeFilters,
  type Node,
  nameKey,
  nodeOf,
  type Refusal,
  type Resource,
  type ResourceDefinition,
  refer,
  refusalText,
  refuse,
  resourceOf,
  resourcesOf,
  resourcesOn,
  volumeDefinitionsOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { isUnplanned, settleEvacuation } from '../operations/evacuation.ts'
import { settleDefinition } from '../operations/settle.ts'
import { autoPlace } from '../placement/place.ts'
import { hasIt } from './copy-guard.ts'
import { placeResource } from './place-resource.ts'
import { refuseIfDeleting, refuseIfTrashed, requireNode } from './require.ts'
import { deleteResource } from './resource.ts'
import { isGoodCopy } from './safety.ts'
import { deleteSnapshot } from './snapshot-delete.ts'
import { beginVolumes } from './volume.ts'

/** Names that a reply tells of; all of them are told by `explain stuck`. */
const mostNames = 20

export function evacuateNode(draft: Draft, args: Args<'node.evacuate'>): Refusal | undefined {
  const node = requireNode(draft.state, args.node)
  if (isRefusal(node)) return node
  const deleting = refuseIfDeleting('Node', node.name, node)
  if (deleting) return deleting
  for (const name of [...(args.target ?? []), ...(args.doNotTarget ?? [])]) {
    const other = requireNode(draft.state, name)
    if (isRefusal(other)) return other
  }
  const running = node.evacuation
  if (running && draft.state.operations.has(running.operation)) {
    const { operation } = running
    const isSame =
      isList(running.targets, args.target) && isList(running.doNotTarget, args.doNotTarget)
    const remedy = `Restore the node first: varve node restore ${node.name}`
    if (!isSame)
      return refuse('operation-runs', { operation, subject: `node ${node.name}` }, remedy)
    draft.reply = { operation }
    return undefined
  }
  if (running && resourcesOn(draft.state, node.name).length === 0) return undefined
  const operation = draft.startOperation('evacuate-node', refer('node', node.name))
  draft.record({
    type: 'node.evacuation-started',
    node: node.name,
    operation,
    ...(args.target === undefined ? {} : { targets: args.target }),
    ...(args.doNotTarget === undefined ? {} : { doNotTarget: args.doNotTarget }),
  })
  draft.reply = { operation, ...foresee(draft, node.name) }
  settleEvacuation(draft, node.name)
  return undefined
}

const isList = (a: readonly string[] = [], b: readonly string[] = []): boolean =>
  a.map(nameKey).sort().join() === b.map(nameKey).sort().join()

/** The whole plan, tried and taken back: replicas are planned one by one afterwards. */
function foresee(draft: Draft, node: string) {
  const moves: Record<string, number> = {}
  const blocked: { definition: string; problem: string }[] = []
  let going = 0
  draft.attempt(() => {
    for (const row of resourcesOn(draft.state, node)) {
      if (!isUnplanned(row)) continue
      planReplica(draft, row)
      const after = resourceOf(draft.state, row.definition, node)
      const by = after?.leaving?.by
      if (by !== undefined) moves[by] = (moves[by] ?? 0) + 1
      else if (after?.blocked) {
        blocked.push({ definition: row.definition, problem: after.blocked.problem })
      } else going += 1
    }
    return takenBack
  })
  draft.explain = undefined
  return {
    moves,
    goingWithoutReplacement: going,
    blocked: blocked.length,
    ...(blocked.length === 0 ? {} : { withoutAPlace: blocked.slice(0, mostNames) }),
  }
}

const takenBack = refuse('nothing-to-abort', { problem: 'it was a trial' })

/** One replica of a node that is being emptied: where to, or why nowhere. */
export function planEvacuation(draft: Draft, args: Args<'evacuation.plan'>): undefined {
  const row = resourceOf(draft.state, args.definition, args.node)
  if (!row || !isUnplanned(row) || !nodeOf(draft.state, row.node)?.evacuation) return undefined
  planReplica(draft, row)
  return undefined
}

function planReplica(draft: Draft, row: Resource): void {
  const node = nodeOf(draft.state, row.node)
  const definition = definitionOf(draft.state, row.definition)
  if (!node?.evacuation || !definition) return
  const about = { definition: row.definition, node: row.node }
  const { operation } = node.evacuation
  // A replica that is closed would never be synced.
  const by =
    refuseIfTrashed(draft.state, definition.name) ?? replacementOf(draft, definition, row, node)
  if (isRefusal(by)) {
    const remedy = by.remedy === undefined ? '' : ` ${by.remedy}`
    const problem = `${refusalText(by)}${remedy}`
    // The same again is no news.
    if (row.blocked?.problem === problem) return
    draft.record({ type: 'resource.evacuation-blocked', ...about, problem })
    return
  }
  draft.record({
    type: 'resource.replacement-started',
    ...about,
    operation,
    ...(by === undefined ? {} : { by }),
  })
  settleDefinition(draft, definition.name)
}

/** The node that takes its place; undefined where none is needed. */
function replacementOf(
  draft: Draft,
  definition: ResourceDefinition,
  row: Resource,
  { evacuation }: Node,
): string | undefined | Refusal {
  if (!definition.layers.includes('DRBD')) {
    const problem = `${definition.name} has no DRBD layer: its data cannot follow by itself.`
    const remedy = `Restore a snapshot of it elsewhere, then delete it: varve snapshot copy ${definition.name}`
    return refuse('not-supported', { problem }, remedy)
  }
  if (row.kind !== 'diskful') return undefined
  const filter = groupOf(draft.state, definition.group)?.filter ?? {}
  const live = resourcesOf(draft.state, definition.name).filter(
    (other) => isLive(other) && other.kind === 'diskful' && other.leaving === undefined,
  )
  const staying = live.filter(({ node }) => !nodeOf(draft.state, node)?.evacuation)
  if (staying.length >= (filter.placeCount ?? live.length)) return undefined
  const placement = autoPlace(draft.state, draft.context.observed, {
    definition: definition.name,
    filter: mergeFilters(filter, {
      additionalPlaceCount: 1,
      ...(evacuation?.targets ? { nodes: [...evacuation.targets] } : {}),
    }),
    sizeKib: volumeDefinitionsOf(draft.state, definition.name)
      .filter(isLive)
      .reduce((sum, { sizeKib }) => sum + sizeKib, 0),
    layers: definition.layers,
    ignoreNodes: convertible(draft, definition.name),
    exceptNodes: evacuation?.doNotTarget ?? [],
  })
  draft.explain = placement.explanation
  if (isRefusal(placement)) return placement
  const [chosen] = placement.chosen
  if (!chosen) return undefined
  const { node, pool } = chosen
  const wanted = { node, pool, kind: 'diskful', diskfulBy: 'auto-placer' } as const
  const refused = draft.attempt(() => placeResource(draft, definition, wanted))
  if (refused) return refused
  beginVolumes(draft, definition.name)
  return node
}

/** Diskless peers may get the disk, as everywhere in placement. */
function convertible(draft: Draft, definition: string): string[] {
  return resourcesOf(draft.state, definition)
    .filter((row) => isLive(row) && row.kind !== 'diskful')
    .map(({ node }) => node)
}

/** It takes replicas again. What has been placed elsewhere stays there. */
export function restoreNode(draft: Draft, args: Args<'node.restore'>): Refusal | undefined {
  const node = requireNode(draft.state, args.node)
  if (isRefusal(node)) return node
  if (!node.evacuation) return undefined
  const extra = resourcesOn(draft.state, node.name).flatMap(({ definition, leaving }) =>
    leaving?.by === undefined ? [] : [{ definition, node: leaving.by }],
  )
  draft.record({ type: 'node.restored', node: node.name })
  settleEvacuation(draft, node.name)
  if (extra.length > 0) {
    draft.reply = { extraReplicas: extra.length, onNodes: extra.slice(0, mostNames) }
  }
  if (args.deleteResources) draft.reply = { ...draft.reply, ...dropSurplus(draft, node.name) }
  if (args.deleteSnapshots) dropSnapshots(draft, node.name)
  return undefined
}

/** Of each definition the node keeps what its group still asks for; what cannot go stays, by name. */
function dropSurplus(draft: Draft, node: string) {
  const kept: { definition: string; problem: string }[] = []
  for (const row of resourcesOn(draft.state, node).filter(isLive)) {
    const { definition, kind } = row
    if (kind === 'diskful' && !isEnoughWithout(draft, row)) continue
    const refused = draft.attempt(() => deleteResource(draft, { definition, node }))
    if (refused) kept.push({ definition, problem: refusalText(refused) })
  }
  return kept.length === 0 ? {} : { kept: kept.slice(0, mostNames) }
}

/** Good ones alone count, and one has to stay whatever the group says. */
function isEnoughWithout({ state }: Draft, { definition, node }: Resource): boolean {
  const row = definitionOf(state, definition)
  const wanted = Math.max(1, groupOf(state, row?.group ?? '')?.filter.placeCount ?? 1)
  const others = resourcesOf(state, definition).filter(
    (each) =>
      each.node !== node && each.kind === 'diskful' && isLive(each) && isGoodCopy(state, each),
  )
  return others.length >= wanted
}

/** Those that are on this node alone stay. */
function dropSnapshots(draft: Draft, node: string): void {
  for (const { definition, name: snapshot, nodes } of [...draft.state.snapshots.values()]) {
    if (!nodes.some((one) => nameKey(one.node) === nameKey(node) && hasIt(one))) continue
    draft.attempt(() => deleteSnapshot(draft, { definition, snapshot, nodes: [node] }))
  }
}
