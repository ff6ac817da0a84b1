/**
 * Commands that are to be carried out as planned or not at all. What has happened since is read from
 * the log before the command is decided; the sequencer looks again at what comes in between.
 */
import {
  type AsPlanned,
  definitionOf,
  type Entry,
  type EventType,
  nameKey,
  type Reference,
  refer,
  refuse,
  type State,
  type VarveEvent,
} from '@varve/events'
import { eventSummary, ownerOf, ownersOf, referencesOf } from '@varve/projections'
import type { Book } from '../book.ts'
import type { Job } from '../lead/sequencer.ts'
import { refusedReply } from './reply.ts'

export const planAgain = 'Look at what changed, and plan it again.'

/** What happened in between is rare; whoever is overtaken this often is told so. */
const attempts = 5
/** A refusal tells so many changes; the log has the others. */
const toldChanges = 20

/** What happens by itself while nothing changes that a plan has told. */
const leavesPlans: ReadonlySet<EventType> = new Set([
  'leader.elected',
  'encryption.unlocked',
  'node.connected',
  'node.described',
  'node.key-changed',
  'node.seen-by-peers',
  'storage-pool.measured',
  'volume.deployed',
  'resource.opened',
  'resource.closed',
  'volume.put-in-use',
  'peer.forgotten',
  'proposal.made',
  'proposal.closed',
])

/** Nouns that stand for themselves: what lies on a node is no part of it. */
const whole = ['node', 'storage-pool', 'resource-group', 'resource-definition']

/** What a plan rests on: what it would change, where it would lie, and what settings come from. */
export function objectsOf(state: State, events: readonly VarveEvent[]): Reference[] {
  const objects = new Set<Reference>([refer('controller')])
  for (const event of events) {
    // Owners are references, too; the index has them as plain text.
    for (const owner of ownersOf(event)) objects.add(owner as Reference)
    if ('node' in event) objects.add(refer('node', event.node))
    if (event.type === 'volume.created' && event.pool !== undefined) {
      objects.add(refer('storage-pool', event.node, event.pool))
    }
    if (event.type === 'resource-definition.created') {
      objects.add(refer('resource-group', event.group))
    }
    const row = 'definition' in event ? definitionOf(state, event.definition) : undefined
    if (row) objects.add(refer('resource-group', row.group))
  }
  return [...objects].sort()
}

export function guardPlans(book: Book, submit: (job: Job) => void): (job: Job) => void {
  const pass = async (job: Job, planned: AsPlanned, left: number): Promise<void> => {
    const { sequence } = book.state.position
    const { answer, request } = job
    const changes = await changesSince(book, planned)
    if (changes.length > 0) {
      const subject = [...new Set(changes.map(({ object }) => object))].join(', ')
      const fields = { subject, required: planned.sequence }
      const details = changes.slice(0, toldChanges).map(({ told }) => told)
      answer?.(refusedReply(request.id, sequence, refuse('plan-moved', fields, planAgain, details)))
      return
    }
    submit({
      ...job,
      asPlanned: { ...planned, sequence },
      answer: (reply) => {
        const isOvertaken = !reply.ok && reply.refusal.code === 'plan-moved'
        if (isOvertaken && left > 1) start(job, { ...planned, sequence }, left - 1)
        else answer?.(reply)
      },
    })
  }
  const start = (job: Job, planned: AsPlanned, left: number) => {
    pass(job, planned, left).catch((error: unknown) => {
      const problem = error instanceof Error ? error.message : String(error)
      const refusal = refuse('internal-error', { problem })
      job.answer?.(refusedReply(job.request.id, book.state.position.sequence, refusal))
    })
  }
  return (job) => {
    if (job.asPlanned) start(job, job.asPlanned, attempts)
    else submit(job)
  }
}

type Change = { readonly object: Reference; readonly told: string }

/** What has moved of the plan's objects, by whom and when, the newest first. */
async function changesSince(book: Book, { objects, sequence }: AsPlanned): Promise<Change[]> {
  const changes: Change[] = []
  const seen = new Set<string>()
  for (const object of objects) {
    let oldest = Number.POSITIVE_INFINITY
    for (const position of book.history.of(object)) {
      oldest = position.sequence
      if (oldest <= sequence) break
      const entry = (await book.entriesAt(position.sequence))?.[position.index]
      const events = entry?.events.filter((event) => moves(event, object)) ?? []
      if (!entry || events.length === 0) continue
      const told = sentence(position.sequence, entry, events)
      if (!seen.has(told)) changes.push({ object, told })
      seen.add(told)
    }
    if (oldest > sequence && !book.history.isComplete(object) && book.history.has(object)) {
      changes.push({ object, told: `${object} has changed too often since: plans are for today.` })
    }
  }
  return changes
}

/** An event about a replica on a node is news of the replica, not of the node. */
function moves(event: VarveEvent, object: Reference): boolean {
  if (leavesPlans.has(event.type)) return false
  const [nearest = ''] = referencesOf(event)
  const owner = ownerOf(nearest)
  if (nameKey(owner) === nameKey(object)) return true
  const isPart = whole.every((noun) => !owner.startsWith(`${noun}/`))
  return isPart && ownersOf(event).some((one) => nameKey(one) === nameKey(object))
}

function sentence(sequence: number, { at, actor }: Entry, events: readonly VarveEvent[]): string {
  const when = new Date(at).toISOString()
  return `log ${sequence}, ${when}, ${actor.name}: ${events.map(eventSummary).join('; ')}`
}
