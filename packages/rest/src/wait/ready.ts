/** Are the resources of a definition there, and can they be used? What a creation waits for. */
import {
  definitionOf,
  isLive,
  nameKey,
  type Resource,
  type ResourceDefinition,
  resourcesOf,
  volumesOf,
} from '@varve/events'
import { failureText, isOnline, type World } from '@varve/projections'
import type { Entry } from '../answer/entry.ts'
import type { Call, Done } from '../call.ts'
import { lookAt } from '../report/look.ts'
import { notYet } from './operation.ts'
import { type Standing, waitUntil } from './until.ts'

/** LINSTOR waits as long for DRBD to be ready, once all is applied. */
const readyMs = 15_000
/** A first attempt may come too early: before its peer, or before its pool was looked at. */
const attemptsUntilHopeless = 2

/** Waits for what a command has placed, or changed on `node` or all; says who has not done it. */
export async function resourcesAreThere(
  call: Call,
  definition: string,
  { sequence }: Done,
  touched?: { readonly node: string } | 'all',
): Promise<void> {
  const refs = { RscDfn: definition }
  const about = { definition }
  const isTouched = (resource: Resource) =>
    resource.origin.sequence >= sequence ||
    touched === 'all' ||
    (touched !== undefined && nameKey(touched.node) === nameKey(resource.node))
  const applied = await waitUntil(call, about, (world) =>
    standingOf(world, definition, (resource) =>
      whyNotApplied(world, resource, isTouched(resource) ? sequence : 0),
    ),
  )
  if (!applied.done) {
    call.say(notYet(`Resource '${definition}'`, applied, refs), ...failures(call, definition))
    return
  }
  const ready = await waitUntil(call, { ...about, waitMs: readyMs }, (world) =>
    standingOf(world, definition, (resource) => whyNotReady(world, resource)),
  )
  if (ready.done) return
  const message = `Resource '${definition}' did not become ready within reasonable time.`
  call.say({ code: 'WARN_STLT_NOT_UPDATED', message, details: ready.waiting.join('\n'), refs })
}

function standingOf(
  { state }: World,
  definition: string,
  why: (resource: Resource) => Reason | undefined,
): Standing {
  const reasons = resourcesOf(state, definition)
    .filter(isLive)
    .flatMap((resource) => why(resource) ?? [])
  if (reasons.length === 0) return { done: true }
  const isHopeless = reasons.every((reason) => reason.isHopeless)
  return { done: false, isHopeless, waiting: reasons.map(({ sentence }) => sentence) }
}

type Reason = { readonly sentence: string; readonly isHopeless: boolean }

/** `from`: log sequence of the oldest document that counts. */
function whyNotApplied(world: World, resource: Resource, from: number): Reason | undefined {
  const { definition, node } = resource
  const where = `${definition} on ${node}`
  if (!isOnline(world, node)) return { sentence: `${where}: the node is offline`, isHopeless: true }
  const seen = world.observed.resource(definition, node)
  const isBehind = seen === undefined || seen.applied.from < from
  if (seen?.status === 'failed') {
    const sentence = seen.failure ? `${where}: ${failureText(seen.failure)}` : `${where} failed`
    return { sentence, isHopeless: (seen.attempts ?? 1) >= attemptsUntilHopeless }
  }
  if (isBehind || seen.status !== 'applied') {
    return { sentence: `${where} is being made`, isHopeless: false }
  }
  return isFact(world, resource) ? undefined : { sentence: `${where} is new`, isHopeless: false }
}

/** Rules go by facts: a request that follows at once would be refused for want of one. */
function isFact({ state, observed }: World, resource: Resource): boolean {
  const { definition, node, kind, inactive } = resource
  if (kind !== 'diskful' || inactive) return true
  const isReplicated = definitionOf(state, definition)?.layers.includes('DRBD')
  const seen = observed.resource(definition, node)
  return volumesOf(state, definition, node).every(({ number, disk, deployedKib }) => {
    if (!isReplicated) return deployedKib !== undefined
    return disk === seen?.volumes.find((volume) => volume.number === number)?.disk
  })
}

/** DRBD can be promoted somewhere, and hears its peers; a first sync may go on. */
function whyNotReady(world: World, resource: Resource): Reason | undefined {
  const { state, observed } = world
  const definition = definitionOf(state, resource.definition)
  if (!definition?.layers.includes('DRBD') || !isOnline(world, resource.node)) return undefined
  const peers = livePeers(world, definition, resource)
  const seen = observed.resource(resource.definition, resource.node)
  const silent = peers.filter((peer) => {
    const link = seen?.connections.find((one) => nameKey(one.peer) === nameKey(peer.node))
    return link?.state !== 'Connected'
  })
  if (silent.length === 0) return undefined
  const names = silent.map(({ node }) => node).join(', ')
  const sentence = `${resource.definition} on ${resource.node} is not connected to ${names}`
  return { sentence, isHopeless: false }
}

/** Two without disks have nothing to say to each other. */
function livePeers(world: World, { name }: ResourceDefinition, resource: Resource): Resource[] {
  return resourcesOf(world.state, name).filter(
    (peer) =>
      peer.node !== resource.node &&
      isLive(peer) &&
      isOnline(world, peer.node) &&
      (peer.kind === 'diskful' || resource.kind === 'diskful'),
  )
}

/** What satellites could not do is an error of the request, though they go on trying. */
function failures({ world, asked }: Call, definition: string): Entry[] {
  const { state, observed } = world
  return resourcesOf(state, definition).flatMap((resource) => {
    const seen = observed.resource(definition, resource.node)
    if (!isLive(resource) || seen?.status !== 'failed' || !seen.failure) return []
    const report = lookAt(world, resource, asked.reports)
    return [
      {
        code: 'FAIL_UNKNOWN_ERROR',
        message: `Node '${resource.node}' could not make resource '${definition}' yet; it goes on trying.`,
        details: failureText(seen.failure),
        refs: { RscDfn: definition, Node: resource.node },
        ...(report === undefined ? {} : { reports: [report] }),
      } satisfies Entry,
    ]
  })
}
