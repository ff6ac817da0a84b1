/**
 * Have the nodes taken over what a command has changed? Their documents carry the log sequence at
 * which contents last changed, and satellites report up to where theirs are true; so what changes
 * nothing on any node is waited for by nobody.
 */
import { nodeOf, resourceOf, resourcesOf } from '@varve/events'
import { isOnline } from './age.ts'
import { offlineWords, type Settled } from './settled.ts'
import { failureText } from './views/resource.ts'
import type { World } from './world.ts'

/** Sentences that are told; how many more there are stands behind them. */
const mostTold = 20

export type Changes = {
  /** Log sequence from which on documents count; 0: all of them. */
  readonly since: number
  /** Up to there the leader must have told the nodes. */
  readonly upTo: number
  readonly definition?: string | undefined
}

/** Settled: all documents that have changed in that part of the log are true on their nodes. */
export async function documentsSettled(
  world: World,
  { since, upTo, definition }: Changes,
): Promise<Settled> {
  const places = definition === undefined ? undefined : resourcesOf(world.state, definition)
  const of = places?.map((row) => ({ definition: row.definition, node: row.node }))
  const told = await world.documents?.({ since, ...(of === undefined ? {} : { of }) })
  if (world.documents && (told === undefined || told.upTo < upTo)) {
    return { isSettled: false, isBlocked: false, waiting: [unpublished] }
  }
  const behind = (told?.documents ?? []).filter(
    // What others have changed later need not be there.
    (row) => row.from >= since && isBehind(world, row, Math.min(row.from, upTo)),
  )
  const isBlocked = behind.length > 0 && behind.every(({ node }) => !isOnline(world, node))
  const sentences = behind.slice(0, mostTold).map((row) => sentenceOf(world, row))
  const more = behind.length - sentences.length
  const waiting = more > 0 ? [...sentences, `and ${more} more`] : sentences
  return { isSettled: behind.length === 0, isBlocked, waiting }
}

/** Settled: nodes have taken over what one command has changed, which was decided at `sequence`. */
export function changeSettled(
  world: World,
  sequence: number,
  definition?: string,
): Promise<Settled> {
  return documentsSettled(world, { since: sequence, upTo: sequence, definition })
}

const unpublished = 'the leading controller has not told the nodes yet'

type Place = { readonly definition: string; readonly node: string }

/** True: what is applied there is older than what is needed. */
function isBehind(world: World, { definition, node }: Place, needed: number): boolean {
  if (!resourceOf(world.state, definition, node)) return false
  const seen = world.observed.resource(definition, node)
  return seen === undefined || seen.applied.from < needed
}

function sentenceOf(world: World, { definition, node }: Place): string {
  const resource = resourceOf(world.state, definition, node)
  const names = resource ?? { definition, node: nodeOf(world.state, node)?.name ?? node }
  const failure = world.observed.resource(definition, node)?.failure
  const why = failure === undefined ? '' : `: ${failureText(failure)}`
  const link = nodeOf(world.state, node)?.link
  const away = offlineWords(world, {
    isOnline: link?.status === 'online',
    ...(link?.status === 'offline' ? { offlineSince: link.since } : {}),
  })
  return `${names.node}${away} has not taken over what is new of ${names.definition}${why}`
}
