/** `varve diff --from "2h ago"`: what is different now, or was then. */
import type { ObjectChange } from '@varve/projections'
import type { Command } from 'commander'
import { readMoment } from '../arguments/moment.ts'
import { toNumber } from '../options.ts'
import type { Style } from '../output/style.ts'
import type { Task } from '../session.ts'
import { askAndPrint } from './ask.ts'

export function configure(command: Command, _: unknown, run: (task: Task) => void): void {
  const moment = (text: string) => readMoment(text, Date.now())
  command
    .requiredOption('--from <moment>', 'a sequence of the log, a time, or "2h ago"', moment)
    .option('--to <moment>', 'likewise; now unless given', moment)
    .option('--limit <number>', 'at most so many objects', toNumber)
    .action((options: Readonly<Record<string, unknown>>) => {
      run((session) =>
        askAndPrint(session, 'diff', options, (data: Difference) => [
          ...data.rows.flatMap((row) => linesOf(row, session.style)),
          ...endOf(data),
        ]),
      )
    })
}

type Difference = { readonly rows: readonly ObjectChange[]; readonly total: number }

function endOf({ rows, total }: Difference): string[] {
  if (total === 0) return ['Nothing is different.']
  return rows.length < total ? [`(${rows.length} of ${total} objects are shown.)`] : []
}

const signs = { added: '+', removed: '-', replaced: '±', changed: '~' } as const
const colors = { added: 'green', removed: 'red', replaced: 'yellow', changed: 'yellow' } as const

function linesOf({ object, change, fields }: ObjectChange, style: Style): string[] {
  const told = change === 'replaced' ? ' (made anew)' : ''
  return [
    style(colors[change], `${signs[change]} ${object}${told}`),
    ...fields.map(({ field, from, to }) => {
      if (from === undefined) return `    ${field}: ${to}`
      return `    ${field}: ${from}${change === 'removed' ? '' : ` → ${to ?? '(none)'}`}`
    }),
  ]
}
