/** Is everything that was asked for there? What a client that waits wants to know. */
import {
  definitionOf,
  isLive,
  type Operation,
  type Resource,
  refer,
  resourcesOf,
  resourcesOn,
} from '@varve/events'
import { formatDuration } from './age.ts'
import { type Wait, waitsFor } from './operations.ts'
import { type ResourceRow, resourceRow } from './views/resource.ts'
import type { Sight } from './world.ts'

export type Settled = {
  readonly isSettled: boolean
  /** What is still missing, as sentences; empty when settled. */
  readonly waiting: readonly string[]
}

/** Settled: all resources of the definition are applied and UpToDate, and no operation runs. */
export function definitionSettled(sight: Sight, name: string): Settled {
  const definition = definitionOf(sight.state, name)
  if (!definition) return { isSettled: true, waiting: [] }
  const target = refer('resource-definition', name).toLowerCase()
  const operations = operationsBelow(sight, target)
  if (!isLive(definition) || operations.length > 0) {
    const waiting = operations.flatMap((operation) => waitSentences(sight, operation))
    return { isSettled: false, waiting }
  }
  return resourcesSettled(sight, resourcesOf(sight.state, name))
}

/** Settled: nothing on the node is still being made or removed. */
export function nodeSettled(sight: Sight, node: string): Settled {
  return resourcesSettled(sight, resourcesOn(sight.state, node))
}

/** Settled: the operation is over. */
export function operationSettled(sight: Sight, id: string): Settled {
  const operation = sight.state.operations.get(id)
  if (!operation) return { isSettled: true, waiting: [] }
  return { isSettled: false, waiting: waitSentences(sight, operation) }
}

/** `n1 (offline for 3 minutes) to remove web`, one for each node that is waited for. */
export function waitSentences(sight: Sight, operation: Operation): string[] {
  const waits = waitsFor(sight, operation)
  if (waits.length > 0) return waits.map((wait) => waitSentence(sight, wait))
  return [`${operation.kind} of ${operation.target}: all nodes have done their part`]
}

export function waitSentence(sight: Sight, wait: Wait): string {
  const offline =
    wait.offlineSince === undefined
      ? wait.isOnline
        ? ''
        : ' (not connected)'
      : ` (offline for ${formatDuration(sight.now - wait.offlineSince)})`
  const failure = wait.lastFailure === undefined ? '' : `; last attempt: ${wait.lastFailure}`
  return `${wait.node}${offline} ${wait.what}${failure}`
}

function operationsBelow(sight: Sight, definition: string): Operation[] {
  const name = definition.split('/')[1] ?? ''
  const targets = [
    definition,
    ...resourcesOf(sight.state, name).map((one) => refer('resource', name, one.node)),
    ...sight.state.volumeDefinitions
      .by('definition', name)
      .map((one) => refer('volume-definition', name, one.number)),
  ]
  return targets.flatMap((target) => sight.state.operations.by('target', target.toLowerCase()))
}

function resourcesSettled(sight: Sight, resources: readonly Resource[]): Settled {
  const waiting = resources
    .map((resource) => resourceRow(sight, resource))
    .filter((row) => !row.isSettled)
    .map(resourceSentence)
  return { isSettled: waiting.length === 0, waiting }
}

function resourceSentence(row: ResourceRow): string {
  const failure = row.observed?.failure
  const where = `${row.definition} on ${row.node} is ${row.status}`
  return failure === undefined ? where : `${where}: ${failure}`
}
