/** Is everything that was asked for there? What a client that waits wants to know. */
import {
  definitionOf,
  isLive,
  nameKey,
  type Operation,
  poolOf,
  type Resource,
  type ResourceDefinition,
  refer,
  resourcesOf,
  resourcesOn,
} from '@varve/events'
import { formatDuration, isOnline } from './age.ts'
import { type Wait, waitsFor } from './operations.ts'
import { type ResourceRow, resourceRow } from './views/resource.ts'
import type { Sight } from './world.ts'

export type Settled = {
  readonly isSettled: boolean
  /** What is still missing, as sentences; empty when settled. */
  readonly waiting: readonly string[]
  /** True: all that is missing is on nodes that are away, so that waiting alone does not help. */
  readonly isBlocked: boolean
}

const settled: Settled = { isSettled: true, waiting: [], isBlocked: false }

/** Settled: all resources of the definition are applied and UpToDate, and no operation runs. */
export function definitionSettled(sight: Sight, name: string): Settled {
  const definition = definitionOf(sight.state, name)
  if (!definition) return settled
  const target = refer('resource-definition', name).toLowerCase()
  const operations = [...operationsBelow(sight, target), ...rollbackOf(sight, definition)]
  const isGoing = definition.phase.status === 'deleting'
  if (isGoing || operations.length > 0) {
    return operationsSettled(sight, operations)
  }
  const resources = resourcesOf(sight.state, name)
  const standing = resourcesSettled(sight, resources)
  const isReplicated = isLive(definition) && definition.layers.includes('DRBD')
  if (!standing.isSettled || !isReplicated) return standing
  const waiting = partings(sight, resources)
  return waiting.length === 0 ? settled : { isSettled: false, isBlocked: false, waiting }
}

/** Settled: nothing on the node is still being made or removed. */
export function nodeSettled(sight: Sight, node: string): Settled {
  return resourcesSettled(sight, resourcesOn(sight.state, node))
}

/**
 * Settled: the satellite has measured the pool, or is not there to do so. Before that nothing can be
 * placed in it, so a script that goes on at once would be refused.
 */
export function poolSettled(sight: Sight, node: string, pool: string): Settled {
  const row = poolOf(sight.state, node, pool)
  if (!row || row.provider === 'DISKLESS' || !isOnline(sight, node)) return settled
  const seen = sight.observed.pool(node, pool)
  if (seen?.freeKib !== undefined) return settled
  const name = `${row.name} on ${row.node}`
  return seen?.problem === undefined
    ? { isSettled: false, isBlocked: false, waiting: [`${name} is being measured`] }
    : { isSettled: false, isBlocked: true, waiting: [`${name}: ${seen.problem.text}`] }
}

/** Settled: the operation is over. */
export function operationSettled(sight: Sight, id: string): Settled {
  const operation = sight.state.operations.get(id)
  if (!operation) return settled
  return operationsSettled(sight, [operation])
}

/** `n1 (offline for 3 minutes) to remove web`. */
export function waitSentence(sight: Sight, wait: Wait): string {
  const offline = offlineWords(sight, wait)
  const failure = wait.lastFailure === undefined ? '' : `; last attempt: ${wait.lastFailure}`
  return `${wait.node}${offline} ${wait.what}${failure}${nextAttempt(sight, wait)}`
}

/** ` (offline for 3 minutes)`; nothing of a node that is there. */
export function offlineWords(
  { now }: Pick<Sight, 'now'>,
  { isOnline, offlineSince }: Pick<Wait, 'isOnline' | 'offlineSince'>,
): string {
  if (offlineSince !== undefined) return ` (offline for ${formatDuration(now - offlineSince)})`
  return isOnline ? '' : ' (not connected)'
}

/** Nothing waits without a next attempt; of a node that is away it is its return. */
function nextAttempt({ now }: Sight, { retryAt, isOnline }: Wait): string {
  if (retryAt === undefined || !isOnline) return ''
  return retryAt <= now
    ? '; tried again at once'
    : `; tried again in ${formatDuration(retryAt - now)}`
}

function operationsSettled(sight: Sight, operations: readonly Operation[]): Settled {
  const waits = operations.flatMap((operation) => waitsFor(sight, operation))
  const finishing = 'all nodes have done their part'
  return {
    isSettled: false,
    waiting: waits.length > 0 ? waits.map((wait) => waitSentence(sight, wait)) : [finishing],
    isBlocked: waits.length > 0 && waits.every((wait) => !wait.isOnline),
  }
}

/** Its target is the snapshot, but what it keeps from use is the definition. */
function rollbackOf({ state }: Sight, { rollback }: ResourceDefinition): Operation[] {
  const operation = rollback && state.operations.get(rollback.operation)
  return operation ? [operation] : []
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
  const rows = resources
    .map((resource) => resourceRow(sight, resource))
    .filter((row) => !row.isSettled)
  if (rows.length === 0) return settled
  const isBlocked = rows.every((row) => !isOnline(sight, row.node))
  return { isSettled: false, waiting: rows.map(resourceSentence), isBlocked }
}

/**
 * Replicas that are each good but do not hear each other: not replicated, whatever their disks say.
 * Two without disks have nothing to say to each other.
 */
function partings(sight: Sight, resources: readonly Resource[]): string[] {
  return resources.flatMap((resource) => {
    const seen = sight.observed.resource(resource.definition, resource.node)
    return resources.flatMap((peer) => {
      const isMatched =
        peer === resource || (peer.kind !== 'diskful' && resource.kind !== 'diskful')
      if (isMatched) return []
      const link = seen?.connections.find((row) => nameKey(row.peer) === nameKey(peer.node))
      if (link?.state === 'Connected') return []
      const state = link === undefined ? 'not connected' : link.state
      return [`${resource.definition} on ${resource.node} is ${state} to ${peer.node}`]
    })
  })
}

function resourceSentence(row: ResourceRow): string {
  const failure = row.observed?.failure
  // Good as it is, and something has been asked of it since.
  const isAtWork = row.status === 'UpToDate' || row.status === 'Ready'
  const still = isAtWork ? ', and its satellite is still at work there' : ''
  const where = `${row.definition} on ${row.node} is ${row.status}${still}`
  return failure === undefined ? where : `${where}: ${failure}`
}
