/** `varve history web`: who did what, when and why, newest first. */
import type { History, HistoryRow } from '@varve/projections'
import type { Command } from 'commander'
import { toNumber } from '../options.ts'
import { type Column, renderTable } from '../output/table.ts'
import { formatTime } from '../output/tree.ts'
import type { Session, Task } from '../session.ts'
import { askAndPrint } from './ask.ts'

export const historyColumns: readonly Column<HistoryRow>[] = [
  { title: 'LOG', cell: (row) => String(row.sequence), isNumber: true },
  { title: 'AT (UTC)', cell: (row) => formatTime(row.at) },
  { title: 'WHO', cell: (row) => whoOf(row) },
  { title: 'COMMAND', cell: (row) => row.command },
  { title: 'WHAT', cell: (row) => whatOf(row) },
]

export function configure(command: Command, _: unknown, run: (task: Task) => void): void {
  command
    .option('--limit <number>', 'at most so many entries', toNumber, 50)
    .option('--before <sequence>', 'only entries before this one', toNumber)
    .action((object: string, options: { limit: number; before?: number }) => {
      run((session) =>
        askAndPrint(session, 'history', { object, ...options }, (data: History) =>
          historyLines(session, data),
        ),
      )
    })
}

function historyLines(session: Session, { rows, isComplete }: History): string[] {
  const lines = renderTable(historyColumns, rows, session)
  return isComplete ? lines : [...lines, '(The log has older entries that are not indexed.)']
}

const whoOf = ({ actor }: HistoryRow) =>
  actor.onBehalfOf === undefined ? actor.name : `${actor.onBehalfOf} via ${actor.name}`

const whatOf = ({ summary, reason }: HistoryRow) =>
  reason === undefined ? summary : `${summary} (reason: ${reason})`
