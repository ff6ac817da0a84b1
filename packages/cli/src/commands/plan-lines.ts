/** A plan in words: who would write what, the steps of each node, what travels, how safe data is. */
import { type CommandReply, formatKib, type PlannedRedundancy } from '@varve/events'
import { eventSummary, placementLines } from '@varve/projections'
import { renderTree } from '../output/tree.ts'

type Accepted = Extract<CommandReply, { ok: true }>

/** `name`: the command, as it is called in sentences. */
export function planLines(name: string, reply: Accepted): string[] {
  const { plan } = reply
  if (!plan || plan.events.length === 0) return [`${name} would change nothing.`]
  const { events, entries, effects, transfers, redundancy } = plan
  const [, ...byPolicies] = entries
  const told = effects.flatMap((on) => on.effects.map((effect) => `  ${on.node}: ${effect}`))
  return [
    `${name} would record ${counted(events.length)}; nothing was done.`,
    ...byPolicies.map(
      (entry) => `  of these ${counted(entry.events)} by policy ${entry.actor}: ${entry.command}`,
    ),
    // What changes on no node is told by what the log would have.
    ...(told.length > 0 ? told : events.map((event) => `  ${eventSummary(event)}`)),
    ...transfers.map(
      ({ definition, node, atMostKib }) =>
        `  To be copied to ${node} for ${definition}: ${formatKib(atMostKib)} at most`,
    ),
    ...redundancy.map((row) => `  ${redundancyLine(row)}`),
    ...(reply.result ? renderTree(reply.result, '  ') : []),
    ...(reply.explain ? ['', ...placementLines(reply.explain)] : []),
  ]
}

const counted = (events: number) => `${events} event${events === 1 ? '' : 's'}`

function redundancyLine({ definition, now, begun, done }: PlannedRedundancy): string {
  const of = ({ good, diskful }: typeof now) => `${good} of ${diskful}`
  return `Good copies of ${definition}: ${of(now)} now, ${of(begun)} at once, ${of(done)} when all is done`
}
