/** Which entries somebody asks about: by whom, what, where and when. */
import {
  type FoldedEntry,
  type Moment,
  Moment as MomentSchema,
  nameKey,
  nodeOf,
  refer,
  type State,
  type VarveEvent,
} from '@varve/events'
import { z } from 'zod'
import { referencesOf } from './references.ts'

export const filterArgs = {
  /** Name of the sender, of whoever it sent for, or a kind: user, policy, observer, system. */
  actor: z.string().min(1).optional(),
  /** `node.create`, or one half of it. */
  command: z.string().min(1).optional(),
  /** Entries that changed something there. */
  node: z.string().min(1).optional(),
  /** The first and the last moment that count. */
  since: MomentSchema.optional(),
  until: MomentSchema.optional(),
}
const HistoryFilter = z.object(filterArgs)
export type HistoryFilter = z.infer<typeof HistoryFilter>

export function matches(
  entry: Pick<FoldedEntry, 'actor' | 'at' | 'command' | 'events'>,
  sequence: number,
  { actor, command, node, since, until }: HistoryFilter,
): boolean {
  const { name, kind, onBehalfOf } = entry.actor
  if (actor !== undefined && ![name, kind, onBehalfOf].includes(actor)) return false
  const { type } = entry.command
  if (command !== undefined && ![type, ...type.split('.')].includes(command)) return false
  if (since && orderOf(entry.at, sequence, since) < 0) return false
  if (until && orderOf(entry.at, sequence, until) > 0) return false
  return node === undefined || entry.events.some((event) => isOn(event, node))
}

/** Texts that the stored bytes of a block have if an entry in it matches; cheaper than reading it. */
export function needlesOf({ actor, command, node }: HistoryFilter, state: State): string[] {
  // Events have their node in its creator's spelling; of one that is gone, only the asker's is known.
  const name = node && nodeOf(state, node)?.name
  return [actor, name].flatMap((text) => (text ? [JSON.stringify(text)] : [])).concat(command ?? [])
}

/** Below 0: before the moment; above 0: after it. */
export function orderOf(at: number, sequence: number, moment: Moment): number {
  return 'timeMs' in moment ? at - moment.timeMs : sequence - moment.sequence
}

function isOn(event: VarveEvent, node: string): boolean {
  const key = nameKey(node)
  if ('node' in event && nameKey(event.node) === key) return true
  if ('nodes' in event && event.nodes.some((one) => nameKey(one.node) === key)) return true
  return referencesOf(event).some((one) => nameKey(one) === refer('node', key))
}
