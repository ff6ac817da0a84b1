/**
 * An entry of the log as a CloudEvent 1.0 (structured mode, JSON). It tells what happened in words
 * and by name; keys and ciphertext, which events may have, stay in the cluster.
 */
import { type Entry, nameKey, redacted, secretFieldsOf, type WebhookFilter } from '@varve/events'
import { matches } from './history/filter.ts'
import { ownerOf, referencesOf } from './history/references.ts'
import { eventSummary } from './summary.ts'

export type CloudEvent = {
  readonly specversion: '1.0'
  /** Unique in the cluster, and the same whenever the entry is sent again. */
  readonly id: string
  readonly source: string
  readonly type: string
  readonly subject?: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  /** CloudEvents' extension: where it stands in the log, in the order of text. */
  readonly sequence: string
  readonly data: object
}

type Place = { readonly cluster: string; readonly sequence: number; readonly index: number }

export function cloudEvent(entry: Entry, { cluster, sequence, index }: Place): CloudEvent {
  const objects = objectsOf(entry)
  const [subject] = objects
  const { type, args } = entry.command
  return {
    specversion: '1.0',
    id: `${sequence}.${index}`,
    source: `/varve/${cluster}`,
    type: `varve.${type}`,
    ...(subject === undefined ? {} : { subject }),
    time: new Date(entry.at).toISOString(),
    datacontenttype: 'application/json',
    sequence: `${String(sequence).padStart(16, '0')}.${String(index).padStart(6, '0')}`,
    data: {
      sequence,
      entry: entry.id,
      actor: entry.actor,
      ...(entry.reason === undefined ? {} : { reason: entry.reason }),
      ...(entry.cause === undefined ? {} : { cause: entry.cause }),
      command: type,
      args: withoutCiphertext(type, args),
      objects,
      events: entry.events.map((event) => ({ type: event.type, summary: eventSummary(event) })),
    },
  }
}

/** True when a webhook asks for the entry. */
export function isAskedFor(
  { object, by, command, node }: WebhookFilter,
  entry: Entry,
  sequence: number,
): boolean {
  const isFit = matches(entry, sequence, {
    ...(by === undefined ? {} : { actor: by }),
    ...(command === undefined ? {} : { command }),
    ...(node === undefined ? {} : { node }),
  })
  if (!isFit || object === undefined) return isFit
  const key = nameKey(object)
  return objectsOf(entry).some((one) => nameKey(one) === key || nameKey(ownerOf(one)) === key)
}

function objectsOf({ events }: Entry): string[] {
  return [...new Set(events.flatMap((event) => referencesOf(event)))]
}

function withoutCiphertext(type: string, args: unknown): unknown {
  const secret = secretFieldsOf(type)
  if (secret.length === 0 || typeof args !== 'object' || args === null) return args
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name, secret.includes(name) ? redacted : value]),
  )
}
