/** `varve timeline web`: causes and effects in order; `--html web.html`: the same as a page. */
import { writeFile } from 'node:fs/promises'
import type { Timeline, TimelineRow } from '@varve/projections'
import { formatDuration, timelinePage } from '@varve/projections'
import type { Command } from 'commander'
import { readMoment } from '../arguments/moment.ts'
import { toNumber } from '../options.ts'
import { printRefusal } from '../output/refusal.ts'
import { type Column, renderTable } from '../output/table.ts'
import { formatTime } from '../output/tree.ts'
import { exitCodes, type Session, type Task, UserError } from '../session.ts'

type Options = Readonly<Record<string, unknown>> & { readonly html?: string }

export function configure(command: Command, _: unknown, run: (task: Task) => void): void {
  const moment = (text: string) => readMoment(text, Date.now())
  command
    .option('--since <moment>', 'a sequence of the log, a time, or "2h ago"', moment)
    .option('--until <moment>', 'likewise', moment)
    .option('--limit <number>', 'at most so many entries, the newest', toNumber, 200)
    .option('--html <file>', 'write a page with a picture; there must be no such file yet')
    .action((object: string, options: Options) => run((session) => tell(session, object, options)))
}

async function tell(session: Session, object: string, { html, ...args }: Options) {
  const client = await session.client()
  const reply = await client.query('timeline', { object, ...args })
  if (!reply.ok) return printRefusal(session, reply.refusal)
  // Queries and their answers come from one table, in @varve/projections.
  const timeline = reply.data as Timeline
  if (html !== undefined) return writePage(session, html, timeline)
  if (session.options.output === 'json') session.print(JSON.stringify(timeline, null, 2))
  else for (const line of linesOf(session, timeline)) session.print(line)
  return exitCodes.done
}

async function writePage(session: Session, path: string, timeline: Timeline): Promise<number> {
  await writeFile(path, timelinePage(timeline), { flag: 'wx' }).catch((cause: Error) => {
    throw new UserError(`The page was not written: ${cause.message}.`, exitCodes.usage, cause)
  })
  session.print(`${path} has ${timeline.rows.length} entries.`)
  return exitCodes.done
}

function linesOf(session: Session, { rows, isWhole }: Timeline): string[] {
  const columns: readonly Column<TimelineRow>[] = [
    { title: 'LOG', cell: (row) => String(row.sequence), isNumber: true },
    { title: 'AT (UTC)', cell: (row) => formatTime(row.at) },
    { title: 'LATER', cell: (row) => laterThan(rows[rows.indexOf(row) - 1], row), isNumber: true },
    { title: 'WHO', cell: (row) => row.actor.name },
    { title: 'GOOD', cell: (row) => String(row.good ?? '-'), isNumber: true },
    { title: 'WHAT', cell: (row) => `${indent(row)}${whatOf(row)}` },
  ]
  const head = isWhole ? [] : ['(There were entries before the first of these.)']
  return [...head, ...renderTable(columns, rows, session)]
}

const laterThan = (before: TimelineRow | undefined, { at }: TimelineRow) =>
  before === undefined ? '' : formatDuration(at - before.at)

const indent = ({ depth }: TimelineRow) => (depth === 0 ? '' : `${'  '.repeat(depth - 1)}└ `)

const whatOf = ({ summary, reason }: TimelineRow) =>
  reason === undefined ? summary : `${summary} (reason: ${reason})`
