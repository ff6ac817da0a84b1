/** Why something does not get on, in sentences, and the ways out. */
import {
  definitionOf,
  isLive,
  nameKey,
  type Operation,
  poolOf,
  type Reference,
  type Resource,
  readReference,
  refer,
  resourcesOf,
  resourcesOn,
  type StoragePool,
  volumesOf,
} from '@varve/events'
import { formatDuration, isOnline } from '../age.ts'
import { type Wait, waitsFor, waitsForPeers } from '../operations.ts'
import { waitSentence } from '../settled.ts'
import { resourceRow } from '../views/resource.ts'
import { waysOutOfFailedDisk, waysOutOfPool, waysOutOfStep } from '../ways-out.ts'
import type { Sight } from '../world.ts'
import { stuckCopies } from './stuck-copies.ts'
import { stuckPolicies } from './stuck-policies.ts'

export type Stuck = {
  readonly subject: Reference
  readonly sentence: string
  readonly waysOut: readonly string[]
}

/** What waits, of one object or, without one, of the whole cluster. Empty: nothing is stuck. */
export function stuckOf(sight: Sight, object?: Reference): Stuck[] {
  const operations = [...sight.state.operations.values()].filter((operation) =>
    object === undefined ? true : concerns(sight, operation, object),
  )
  return [
    ...operations.map((operation) => stuckOperation(sight, operation, object)),
    ...resourcesOfObject(sight, object).flatMap((resource) => stuckResource(sight, resource)),
    ...definitionsOfObject(sight, object).flatMap((name) => [
      ...stuckNodeIds(sight, name),
      ...stuckCopies(sight, name),
    ]),
    ...stuckPools(sight, object),
    ...stuckPolicies(sight, object),
  ]
}

function stuckOperation(sight: Sight, operation: Operation, object?: Reference): Stuck {
  const all = waitsFor(sight, operation)
  // Of a node that is emptied, whoever asks about one volume is told of that.
  const waits = isOfNode(operation.target) ? all.filter((wait) => isAbout(wait, object)) : all
  const age = formatDuration(sight.now - operation.origin.at)
  const what = `${operation.kind} of ${operation.target} (${operation.id}) has been running for ${age}`
  if (waits.length === 0) {
    const sentence = `${what}; all nodes have done their part, the leader finishes it with the next report.`
    return { subject: operation.target, sentence, waysOut: ['Look again in a few seconds.'] }
  }
  const whom = waits.map((wait) => waitSentence(sight, wait)).join('; ')
  const ways = new Set(waits.flatMap((wait) => waysOutOf(sight, wait, operation)))
  return {
    subject: operation.target,
    sentence: `${what} and waits for ${whom}.`,
    waysOut: [...ways],
  }
}

function waysOutOf(sight: Sight, wait: Wait, operation?: Operation): string[] {
  if (!wait.isOnline) {
    return [
      `Start the satellite on ${wait.node}; it goes on by itself.`,
      `If ${wait.node} will never come back: varve node lost ${wait.node}`,
      ...waiverOf(operation, wait),
    ]
  }
  if (wait.lastFailure === undefined) {
    return [`${wait.node} is at work; nothing has failed so far.`]
  }
  const next =
    wait.retryAt === undefined || wait.retryAt <= sight.now
      ? 'it tries again at once'
      : `it tries again in ${formatDuration(wait.retryAt - sight.now)}`
  if (wait.problem) return [...waysOutOfStep(wait.problem, wait.node), `${capital(next)}.`]
  return [`Repair what the command complains about on ${wait.node}; ${next}.`]
}

/** The name is free at once, and the node removes what it has when it returns. */
function waiverOf(operation: Operation | undefined, { node, definition }: Wait): string[] {
  const [, first = ''] = operation?.target.split('/') ?? []
  const without = 'To go on without it, and have it removed there when it returns:'
  if (operation?.kind === 'delete-resource-definition') {
    return [`${without} varve resource-definition delete ${first} --waive-cleanup ${node}`]
  }
  const isMove = operation?.kind === 'evacuate-node' || operation?.kind === 'migrate-disk'
  if (isMove && definition !== undefined) {
    return [
      `If it is off, so that nobody writes there: varve resource delete ${definition} ${node} --waive-cleanup (refused while its copy is the last good one)`,
    ]
  }
  if (operation?.kind !== 'delete-resource') return []
  return [`${without} varve resource delete ${first} ${node} --waive-cleanup`]
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

function stuckResource(sight: Sight, resource: Resource): Stuck[] {
  if (!isLive(resource)) return []
  if (isMade(sight, resource)) return failedDisks(sight, resource)
  const row = resourceRow(sight, resource)
  const subject = refer('resource', resource.definition, resource.node)
  const name = `${resource.definition} on ${resource.node}`
  if (row.status === 'Failed') {
    const failure = row.observed?.failure ?? 'no reason was reported'
    const attempt = row.observed?.retryAt
    const next =
      attempt === undefined || attempt <= sight.now
        ? 'The satellite tries again at once.'
        : `The satellite tries again in ${formatDuration(attempt - sight.now)}.`
    const problem = sight.observed.resource(resource.definition, resource.node)?.failure?.problem
    const ways = problem
      ? [...waysOutOfStep(problem, resource.node), next]
      : [`Repair the cause on ${resource.node}. ${next}`]
    const sentence = `${name} cannot be made as desired: ${failure}.`
    return [{ subject, sentence, waysOut: ways }]
  }
  if (row.status === 'Connecting') {
    const sentence = `${name} does not reach its NVMe target; what is read and written waits.`
    return [{ subject, sentence, waysOut: waysOutOfSilence(sight, resource) }]
  }
  if (row.status === 'Creating') {
    const sentence = `${name} has not been made yet.`
    return [{ subject, sentence, waysOut: [`Look at the satellite's log on ${resource.node}.`] }]
  }
  if (row.status === 'Offline' && row.observed === undefined) {
    const sentence = `${name} was never made: the node is not connected.`
    return [{ subject, sentence, waysOut: [`Start the satellite on ${resource.node}.`] }]
  }
  const seen = sight.observed.resource(resource.definition, resource.node)
  const isAtWork = seen?.status === 'applying' && isOnline(sight, resource.node)
  return isAtWork ? [stuckWork(resource, name)] : []
}

/** It began with something and has told neither success nor failure. */
function stuckWork({ definition, node }: Resource, name: string): Stuck {
  return {
    subject: refer('resource', definition, node),
    sentence: `The satellite on ${node} is at work on ${name}; nothing has failed so far.`,
    waysOut: ['It goes on by itself. A tool that hangs is ended when its time is over, and told.'],
  }
}

function waysOutOfSilence(sight: Sight, { definition, node }: Resource): string[] {
  const target = resourcesOf(sight.state, definition).find(({ kind }) => kind === 'diskful')
  const where = target?.node ?? 'its target'
  const state = target && !isOnline(sight, target.node) ? ', which is offline' : ''
  return [
    `Look at ${where}${state}, and at the network between it and ${node}; it goes on by itself.`,
    `To give up on ${node}: stop what uses the device, then varve resource delete ${definition} ${node}`,
  ]
}

/** DRBD goes on without them, on data of its peers; nobody attaches them while they may be broken. */
function failedDisks(sight: Sight, { definition, node }: Resource): Stuck[] {
  const volumes = sight.observed.resource(definition, node)?.volumes ?? []
  return volumes
    .filter(({ diskFailed }) => diskFailed === true)
    .map(({ number }) => ({
      subject: refer('resource', definition, node),
      sentence: `The disk of volume ${number} of ${definition} on ${node} has failed, and DRBD has dropped it.`,
      waysOut: waysOutOfFailedDisk(definition, node),
    }))
}

function stuckPools(sight: Sight, object: Reference | undefined): Stuck[] {
  return poolsOfObject(sight, object).flatMap((pool) => {
    const problem = sight.observed.pool(pool.node, pool.name)?.problem
    if (!problem || !isOnline(sight, pool.node)) return []
    return [
      {
        subject: refer('storage-pool', pool.node, pool.name),
        sentence: `Storage pool ${pool.name} on ${pool.node} cannot be used: ${problem.text}.`,
        waysOut: waysOutOfPool(pool, problem.kind),
      },
    ]
  })
}

function poolsOfObject(sight: Sight, object: Reference | undefined): readonly StoragePool[] {
  if (object === undefined) return [...sight.state.pools.values()]
  const { noun, names } = readReference(object)
  const [first = '', second = ''] = names
  if (noun === 'node') return sight.state.pools.by('node', nameKey(first))
  if (noun === 'storage-pool') return [poolOf(sight.state, first, second) ?? []].flat()
  const volumes = resourcesOfObject(sight, object).flatMap(({ definition, node }) =>
    volumesOf(sight.state, definition, node),
  )
  const pools = volumes.flatMap(({ node, pool }) =>
    pool === undefined ? [] : (poolOf(sight.state, node, pool) ?? []),
  )
  return [...new Set(pools)]
}

/** What has been applied is not stuck; asked first because it is true of nearly all. */
function isMade(sight: Sight, resource: Resource): boolean {
  const seen = sight.observed.resource(resource.definition, resource.node)
  return seen?.status === 'applied' && seen.applied.from >= resource.origin.sequence
}

function stuckNodeIds(sight: Sight, definition: string): Stuck[] {
  if (definitionOf(sight.state, definition)?.retired.length === 0) return []
  const waits = waitsForPeers(sight, definition).filter((wait) => !wait.isOnline)
  if (waits.length === 0) return []
  const whom = waits.map((wait) => waitSentence(sight, wait)).join('; ')
  return [
    {
      subject: refer('resource-definition', definition),
      sentence: `Node-ids of removed replicas of ${definition} stay taken: waits for ${whom}.`,
      waysOut: [...new Set(waits.flatMap((wait) => waysOutOf(sight, wait)))],
    },
  ]
}

function concerns(sight: Sight, operation: Operation, object: Reference): boolean {
  const target = operation.target.toLowerCase()
  const wanted = object.toLowerCase()
  if (target === wanted) return true
  const { noun, names } = readReference(object)
  const [name = ''] = names.map((one) => one.toLowerCase())
  if (isOfNode(target) && noun !== 'node') {
    return waitsFor(sight, operation).some((wait) => isAbout(wait, object))
  }
  if (noun === 'resource-definition') return target.split('/')[1] === name
  if (noun !== 'node') return false
  return waitsFor(sight, operation).some((wait) => wait.node.toLowerCase() === name)
}

/** Whatever waits is about the cluster and its nodes; of volumes only what names theirs. */
function isAbout({ definition }: Wait, object: Reference | undefined): boolean {
  if (object === undefined) return true
  const { noun, names } = readReference(object)
  if (noun === 'node') return true
  const isOfVolume = noun === 'resource-definition' || noun === 'resource'
  return isOfVolume && definition?.toLowerCase() === names[0]?.toLowerCase()
}

const isOfNode = (target: string) => target.startsWith('node/')

function resourcesOfObject(sight: Sight, object: Reference | undefined): Resource[] {
  if (object === undefined) return [...sight.state.resources.values()]
  const { noun, names } = readReference(object)
  const [first = '', second = ''] = names
  if (noun === 'resource-definition') return resourcesOf(sight.state, first)
  if (noun === 'node') return resourcesOn(sight.state, first)
  if (noun !== 'resource') return []
  return resourcesOf(sight.state, first).filter(
    (one) => one.node.toLowerCase() === second.toLowerCase(),
  )
}

function definitionsOfObject(sight: Sight, object: Reference | undefined): string[] {
  if (object === undefined) return [...sight.state.definitions.values()].map((row) => row.name)
  const { noun, names } = readReference(object)
  return noun === 'resource-definition' ? [names[0] ?? ''] : []
}
