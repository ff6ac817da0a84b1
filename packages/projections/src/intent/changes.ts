/**
 * The commands that lead from one intent to another, in the order in which they can be run. Names
 * are compared in any spelling. Nothing is deleted unless that is asked for, and what holds data
 * only if that is asked for in so many words.
 */
import { defaultGroup, defaultPool, nameKey } from '@varve/events'
import { Changes, type IntentChanges, lookUp, type Prune } from './collect.ts'
import { definitionChanges, definitionRemovals } from './definition-changes.ts'
import { groupChanges } from './group-changes.ts'
import { nodeChanges, poolChanges } from './node-changes.ts'
import type { Intent } from './schema.ts'

/** `now`: the intent that the cluster holds, as `intentPage` tells it. */
export function changesBetween(now: Intent, wanted: Intent, prune: Prune = {}): IntentChanges {
  const changes = new Changes(prune)
  const own = changes.properties('controller', now.properties, wanted.properties)
  if (own) changes.run('controller.modify', own)
  nodeChanges(changes, now, wanted)
  poolChanges(changes, now, wanted)
  groupChanges(changes, now.resourceGroups ?? {}, wanted.resourceGroups)
  definitionChanges(changes, now.resourceDefinitions ?? {}, wanted.resourceDefinitions)
  // From the inside out: what others stand on goes last.
  definitionRemovals(changes, now.resourceDefinitions ?? {}, wanted.resourceDefinitions)
  remove(changes, 'resource-group', 'group', now.resourceGroups, wanted.resourceGroups)
  for (const [node, pools] of Object.entries(now.storagePools ?? {})) {
    if (wanted.storagePools === undefined) continue
    const there = lookUp(wanted.storagePools, node) ?? {}
    for (const pool of Object.keys(pools)) {
      if (lookUp(there, pool)) continue
      const command = { type: 'storage-pool.delete', args: { node, pool } } as const
      changes.remove(`storage-pool/${node}/${pool}`, command, false)
    }
  }
  const definitions = [now.storagePoolDefinitions, wanted.storagePoolDefinitions] as const
  remove(changes, 'storage-pool-definition', 'pool', ...definitions)
  remove(changes, 'node', 'node', now.nodes, wanted.nodes)
  const { commands, removals, impossible, left } = changes
  return { commands: [...commands, ...removals], impossible, left }
}

/** These are there by themselves. */
const unremovable = new Set([defaultGroup, defaultPool].map(nameKey))

function remove(
  changes: Changes,
  noun: 'resource-group' | 'storage-pool-definition' | 'node',
  field: string,
  now: Readonly<Record<string, unknown>> | undefined,
  wanted: Readonly<Record<string, unknown>> | undefined,
): void {
  // A section that the document does not have is not the document's business.
  if (wanted === undefined) return
  for (const name of Object.keys(now ?? {})) {
    if (lookUp(wanted, name) !== undefined || unremovable.has(nameKey(name))) continue
    const command = { type: `${noun}.delete`, args: { [field]: name } } as const
    changes.remove(`${noun}/${name}`, command, false)
  }
}
