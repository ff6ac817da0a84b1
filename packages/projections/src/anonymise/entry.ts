/** An entry of the log with all that tells whose cluster it is of taken out; its form stays. */
import {
  type Actor,
  allCommands,
  type Entry,
  type VarveEvent as Event,
  PlacementExplanation,
  VarveEvent,
} from '@varve/events'
import type { Wording } from './pseudonyms.ts'
import { reword, rewordProperty, rewordPropertyKey } from './walk.ts'

const eventSchemas: ReadonlyMap<string, unknown> = new Map(
  VarveEvent.options.map((option) => [String(option.shape.type.value), option]),
)

export function anonymise(entry: Entry, wording: Wording): Entry {
  const { id, at, actor, reason, cause, command, events, explain, reply } = entry
  return {
    id,
    at,
    actor: anonymousActor(actor, wording),
    ...(reason === undefined ? {} : { reason: wording.text(reason) }),
    ...(cause === undefined ? {} : { cause }),
    command: anonymousCommand(command, wording),
    // The same schemas that they were read by.
    events: events.map((event) => anonymousEvent(event, wording) as Event),
    ...(explain === undefined
      ? {}
      : { explain: reword(PlacementExplanation, explain, wording, '') as typeof explain }),
    ...(reply === undefined ? {} : { reply: plainReply(reply) }),
  }
}

/** Policies are the program's own; whoever else it was gets another name. */
function anonymousActor(actor: Actor, wording: Wording): Actor {
  const { kind, name, via, address, onBehalfOf } = actor
  return {
    kind,
    name: kind === 'policy' ? name : wording.text(name),
    via,
    ...(address === undefined ? {} : { address: wording.text(address) }),
    ...(onBehalfOf === undefined ? {} : { onBehalfOf: wording.text(onBehalfOf) }),
  }
}

function anonymousCommand({ type, args }: Entry['command'], wording: Wording): Entry['command'] {
  const schemas: Readonly<Record<string, unknown>> = allCommands
  return { type, args: reword(schemas[type], args, wording, '') }
}

function anonymousEvent(event: Event, wording: Wording): unknown {
  if (event.type === 'property.set') {
    const [key, value] = rewordProperty(event.key, event.value, wording)
    const { of } = reword(eventSchemas.get(event.type), { of: event.of }, wording, '') as Event &
      typeof event
    return { type: event.type, of, key, value }
  }
  if (event.type === 'property.deleted') {
    const { of } = reword(eventSchemas.get(event.type), { of: event.of }, wording, '') as Event &
      typeof event
    return { type: event.type, of, key: rewordPropertyKey(event.key, wording) }
  }
  if (event.type === 'proposal.made') {
    const { commands, ...rest } = event
    return {
      ...(reword(eventSchemas.get(event.type), rest, wording, '') as object),
      commands: commands.map((command) => anonymousCommand({ ...command }, wording)),
    }
  }
  return reword(eventSchemas.get(event.type), event, wording, '')
}

/** Replies are made for people; what the fold needs of one is the operation that it names. */
function plainReply({ operation }: NonNullable<Entry['reply']>): Record<string, unknown> {
  return typeof operation === 'string' ? { operation } : {}
}
