/**
 * Moves operations on as far as the facts allow: called after every event that could be the last
 * one that something waited for. What is still open can be read from the state at any time.
 */
import {
  definitionOf,
  isLive,
  nameKey,
  nodeOf,
  refer,
  resourceOf,
  resourcesOf,
  resourcesOn,
  type State,
  type VolumeDefinition,
  volumeDefinitionsOf,
  volumeOf,
  volumesOf,
} from '@varve/events'
import { passOnFormats } from '../decide/format.ts'
import { sceneOf } from '../desired/scene.ts'
import { isShrinking, wantedBackingKib } from '../desired/storage.ts'
import type { Draft } from '../draft.ts'
import { forgiveDebts } from './debt.ts'
import { settleEvacuation } from './evacuation.ts'
import { finishOperation as finish } from './finish.ts'
import { endMoves, settleMoves } from './move.ts'
import { settleKeyChange } from './rekey.ts'
import { settleRollback } from './rollback.ts'
import { settleSnapshots } from './snapshot.ts'
import { endTurn, settleTurns } from './turn.ts'

/** The resource is gone, as its node confirmed or because the node itself is lost. */
export function removeResource(
  draft: Draft,
  definition: string,
  node: string,
  type: 'resource.deleted' | 'resource.lost',
): void {
  const resource = resourceOf(draft.state, definition, node)
  if (!resource) return
  const sources = sourcesOf(draft.state, definition)
  draft.record({ type, definition: resource.definition, node: resource.node })
  for (const source of sources) settleSnapshots(draft, source)
  endMoves(draft, resource)
  endTurn(draft, resource)
  const target = refer('resource', definition, node).toLowerCase()
  for (const { id, kind } of draft.state.operations.by('target', target)) {
    if (kind === 'delete-resource') finish(draft, id)
  }
}

/** Definitions whose snapshots the content of this one comes from. */
function sourcesOf(state: State, definition: string): ReadonlySet<string> {
  const sources = new Set<string>()
  for (const { node } of resourcesOf(state, definition)) {
    for (const { from } of volumesOf(state, definition, node))
      if (from) sources.add(from.definition)
  }
  return sources
}

/** Everything that may have become finished for one definition. */
export function settleDefinition(draft: Draft, name: string): void {
  const definition = definitionOf(draft.state, name)
  if (definition?.phase.status === 'deleting' && resourcesOf(draft.state, name).length === 0) {
    const { operation } = definition.phase
    for (const row of volumeDefinitionsOf(draft.state, name)) finishAllOf(draft, row)
    draft.record({ type: 'resource-definition.deleted', definition: definition.name })
    finish(draft, operation)
    return
  }
  for (const row of volumeDefinitionsOf(draft.state, name)) {
    if (row.rekeying) settleKeyChange(draft, row)
    if (row.phase.status === 'deleting') settleRemovedVolume(draft, row)
    else if (row.resizing) settleResize(draft, row)
  }
  settleSnapshots(draft, name)
  if (definition?.rollback) settleRollback(draft, name)
  for (const source of sourcesOf(draft.state, name)) settleSnapshots(draft, source)
  settleMoves(draft, name)
  settleTurns(draft, name)
  passOnFormats(draft, name)
}

/** A node that is being deleted goes when nothing is left on it. */
export function settleNode(draft: Draft, name: string): void {
  settleEvacuation(draft, name)
  const node = nodeOf(draft.state, name)
  if (node?.phase.status !== 'deleting' || resourcesOn(draft.state, name).length > 0) return
  const { operation } = node.phase
  forgiveDebts(draft, node.name)
  draft.record({ type: 'node.deleted', node: node.name })
  finish(draft, operation)
}

function settleRemovedVolume(draft: Draft, row: VolumeDefinition): void {
  const left = resourcesOf(draft.state, row.definition).some((resource) =>
    volumeOf(draft.state, row.definition, resource.node, row.number),
  )
  if (left || row.phase.status !== 'deleting') return
  draft.record({
    type: 'volume-definition.deleted',
    definition: row.definition,
    number: row.number,
  })
  finishAllOf(draft, row)
}

/** With the volume goes whatever else was done to it, such as a growth that waited for a node. */
function finishAllOf(draft: Draft, { definition, number }: VolumeDefinition): void {
  const target = refer('volume-definition', definition, number).toLowerCase()
  for (const { id } of draft.state.operations.by('target', target)) finish(draft, id)
}

/** Storage has grown everywhere → DRBD may; DRBD has grown → done (the facts record that). */
function settleResize(draft: Draft, row: VolumeDefinition): void {
  if (!row.resizing) return
  const { operation, resizer } = row.resizing
  const diskful = resourcesOf(draft.state, row.definition).filter(
    (resource) => resource.kind === 'diskful' && isLive(resource),
  )
  if (!isGrown(draft.state, row)) return
  const replicated = definitionOf(draft.state, row.definition)?.layers.includes('DRBD') ?? false
  if (!replicated || diskful.length === 0) {
    finishResize(draft, row, operation)
    return
  }
  const isStillThere = diskful.some((resource) => nameKey(resource.node) === nameKey(resizer ?? ''))
  if (isStillThere) return
  const chosen =
    diskful.find((resource) => isUpToDate(draft.state, resource.node, row)) ?? diskful[0]
  if (!chosen) return
  draft.record({
    type: 'volume-definition.storage-grown',
    definition: row.definition,
    number: row.number,
    resizer: chosen.node,
  })
}

export function finishResize(draft: Draft, row: VolumeDefinition, operation: string): void {
  draft.record({
    type: 'volume-definition.resized',
    definition: row.definition,
    number: row.number,
  })
  finish(draft, operation)
}

/** ZFS has whole blocks only, of which this is the largest (volblocksize). */
const largestBlockKib = 128

/** Every diskful replica that stays has backing storage of the size that it shall have. */
function isGrown(state: State, row: VolumeDefinition): boolean {
  const scene = sceneOf(state, row.definition)
  return (scene?.members ?? []).every((member) => {
    const { resource } = member
    if (!scene || resource.kind !== 'diskful' || !isLive(resource) || resource.inactive) return true
    const part = member.parts.find(({ volume }) => volume.number === row.number)
    if (!part) return false
    const wanted = wantedBackingKib(scene, member, part) ?? 0
    const { deployedKib } = part.volume
    if (!isShrinking(row)) return (deployedKib ?? 0) >= wanted
    return deployedKib !== undefined && deployedKib < wanted + largestBlockKib
  })
}

function isUpToDate(state: State, node: string, row: VolumeDefinition): boolean {
  const online = nodeOf(state, node)?.link.status === 'online'
  return online && volumeOf(state, row.definition, node, row.number)?.disk === 'UpToDate'
}
