/** `varve bisect "good-copies of web >= 2" --from "2d ago"`: the first entry after which it failed. */

import type { Moment, RefusalReply } from '@varve/events'
import { type EntryDetail, firstFailing, type Look } from '@varve/projections'
import type { Command } from 'commander'
import { readMoment } from '../arguments/moment.ts'
import type { Client } from '../client/client.ts'
import { printRefusal } from '../output/refusal.ts'
import { formatTime } from '../output/tree.ts'
import { exitCodes, type Session, type Task, UserError } from '../session.ts'

type Ends = { readonly from?: Moment; readonly to?: Moment }

export function configure(command: Command, _: unknown, run: (task: Task) => void): void {
  const moment = (text: string) => readMoment(text, Date.now())
  command
    .option('--from <moment>', 'when it still held: a sequence, a time, or "2h ago"', moment)
    .option('--to <moment>', 'when it no longer did; now unless given', moment)
    .action((expression: string, ends: Ends) => run((session) => bisect(session, expression, ends)))
}

type Seen = Look & { readonly broken: readonly string[] }

async function bisect(session: Session, expression: string, ends: Ends): Promise<number> {
  const client = await session.client()
  const look = lookWith(client, expression)
  try {
    const begin = await look(ends.from ?? { sequence: 1 })
    if (!begin.holds) return tell(session, 'It does not hold at the beginning either', begin)
    const end = await look(ends.to)
    if (begin.sequence >= end.sequence) {
      throw new UserError(`${begin.sequence} is not before ${end.sequence}: --from has to be.`)
    }
    const round = (left: number) => session.progress(`${left} blocks to search`)
    const found = await firstFailing((sequence) => look({ sequence }), begin, end, round)
    session.progress('')
    if (!found.holds) return await tellEntries(session, client, found)
    session.print(
      `It holds at ${begin.sequence} and ${end.sequence}, and wherever was looked between.`,
    )
    return exitCodes.done
  } catch (error) {
    if (error instanceof Refused) return printRefusal(session, error.refusal)
    throw error
  }
}

/** In the middle of a search there is nothing to do about one but to say so. */
class Refused extends Error {
  override readonly name = 'Refused'
  readonly refusal: RefusalReply

  constructor(refusal: RefusalReply) {
    super(refusal.message)
    this.refusal = refusal
  }
}

function lookWith(client: Client, expression: string) {
  return async (at: Moment | undefined): Promise<Seen> => {
    const args = { expression, ...(at === undefined ? {} : { at }) }
    const reply = await client.query('check', args)
    if (!reply.ok) throw new Refused(reply.refusal)
    // Queries and their answers come from one table, in @varve/projections.
    return reply.data as Seen
  }
}

async function tellEntries(session: Session, client: Client, found: Seen): Promise<number> {
  const { sequence, broken } = found
  const reply = await client.query('log-block', { sequence })
  if (!reply.ok) return printRefusal(session, reply.refusal)
  const { entries } = reply.data as { readonly entries: readonly EntryDetail[] }
  if (session.options.output === 'json') {
    session.print(JSON.stringify({ sequence, broken, entries }, null, 2))
    return exitCodes.done
  }
  session.print(`It no longer held after ${sequence}:`)
  for (const sentence of broken.slice(0, 10)) session.print(`  ${sentence}`)
  for (const { at, actor, command, summary, reason } of entries) {
    const why = reason === undefined ? '' : ` (reason: ${reason})`
    session.print(`${formatTime(at)} UTC, ${actor.name}, ${command}: ${summary}${why}`)
  }
  return exitCodes.done
}

function tell(session: Session, sentence: string, { sequence, broken }: Seen): number {
  session.printError(`${sentence} (${sequence}):`)
  for (const one of broken.slice(0, 10)) session.printError(`  ${one}`)
  return exitCodes.failed
}
