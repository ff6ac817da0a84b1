/** `varve history web`, `varve who --by alice`: who did what, when and why, newest first. */
import type { History, HistoryRow } from '@varve/projections'
import type { Command } from 'commander'
import { readMoment } from '../arguments/moment.ts'
import { toNumber } from '../options.ts'
import { printRefusal } from '../output/refusal.ts'
import { type Column, renderTable } from '../output/table.ts'
import { formatTime } from '../output/tree.ts'
import { exitCodes, type Session, type Task, UserError } from '../session.ts'
import type { OwnVerb } from '../verb.ts'

export const historyColumns: readonly Column<HistoryRow>[] = [
  { title: 'LOG', cell: (row) => String(row.sequence), isNumber: true },
  { title: 'AT (UTC)', cell: (row) => formatTime(row.at) },
  { title: 'WHO', cell: (row) => whoOf(row) },
  { title: 'COMMAND', cell: (row) => row.command },
  { title: 'WHAT', cell: (row) => whatOf(row) },
]

/** For `who`: also by which door, and what led to it. */
const whoColumns: readonly Column<HistoryRow>[] = [
  ...historyColumns.slice(0, 3),
  { title: 'FROM', cell: ({ actor }) => [actor.via, actor.address ?? []].flat().join(' ') },
  { title: 'COMMAND', cell: (row) => row.command },
  { title: 'BECAUSE OF', cell: (row) => row.causedBy ?? row.cause ?? '-' },
  { title: 'WHAT', cell: (row) => whatOf(row) },
]

type Options = Readonly<Record<string, unknown>> & { readonly limit: number; before?: number }

export function configure(command: Command, verb: OwnVerb, run: (task: Task) => void): void {
  const moment = (text: string) => readMoment(text, Date.now())
  command
    .option('--by <name>', 'only what this one did, or: user, policy, observer, system')
    .option('--command <name>', 'only this command (node.create), or all of a noun or verb')
    .option('--node <name>', 'only what changed something on this node')
    .option('--since <moment>', 'a sequence of the log, a time, or "2h ago"', moment)
    .option('--until <moment>', 'likewise', moment)
    .option('--limit <number>', 'at most so many entries', toNumber, 50)
    .option('--before <sequence>', 'only entries before this one', toNumber)
    .action((object: string | undefined, { by, ...options }: Options) => {
      const args = {
        ...(object === undefined ? {} : { object }),
        // Not `--actor`: that is the name under which commands are sent.
        ...(by === undefined ? {} : { actor: by }),
        ...options,
      }
      const filters = ['object', 'actor', 'command', 'node', 'since', 'until']
      if (!filters.some((name) => name in args)) {
        throw new UserError('Whose history? Name an object, or say which entries: --by, --since …')
      }
      const columns = verb.noun === 'who' ? whoColumns : historyColumns
      run((session) => tell(session, args, columns))
    })
}

/** A search answers part by part, so that no controller is held up; it goes on until all is seen. */
async function tell(
  session: Session,
  args: Options,
  columns: readonly Column<HistoryRow>[],
): Promise<number> {
  const client = await session.client()
  const rows: HistoryRow[] = []
  let { before } = args
  let page: History
  do {
    const rest = { limit: args.limit - rows.length, ...(before === undefined ? {} : { before }) }
    const reply = await client.query('history', { ...args, ...rest })
    if (!reply.ok) return printRefusal(session, reply.refusal)
    // Queries and their answers come from one table, in @varve/projections.
    page = reply.data as History
    rows.push(...page.rows)
    before = page.next
    if (before !== undefined) session.progress(`${before} blocks left to look through`)
  } while (before !== undefined && rows.length < args.limit)
  session.progress('')
  if (session.options.output === 'json') {
    session.print(JSON.stringify({ ...page, rows }, null, 2))
    return exitCodes.done
  }
  for (const line of renderTable(columns, rows, session)) session.print(line)
  if (!page.isComplete) session.print('(The log has older entries that are not indexed.)')
  if (before !== undefined) session.printError(`Older ones: --before ${before}`)
  return exitCodes.done
}

const whoOf = ({ actor }: HistoryRow) =>
  actor.onBehalfOf === undefined ? actor.name : `${actor.onBehalfOf} via ${actor.name}`

const whatOf = ({ summary, reason }: HistoryRow) =>
  reason === undefined ? summary : `${summary} (reason: ${reason})`
