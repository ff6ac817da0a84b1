/** `varve log list`, `show <sequence>`, `state-hash [sequence]`, `verify [--journal file]`, `recover`. */
import type { EntryDetail, HistoryRow } from '@varve/projections'
import type { Command } from 'commander'
import { readPositionals } from '../arguments/positionals.ts'
import { toNumber } from '../options.ts'
import { renderTable } from '../output/table.ts'
import { formatTime, renderTree } from '../output/tree.ts'
import type { Task } from '../session.ts'
import type { OwnVerb } from '../verb.ts'
import { askAndPrint } from './ask.ts'
import { historyColumns } from './history.ts'
import { configure as configureRecover } from './recover.ts'
import { verify } from './verify.ts'

export function configure(command: Command, verb: OwnVerb, run: (task: Task) => void): void {
  if (verb.verb === 'list') configureList(command, run)
  else if (verb.verb === 'recover') configureRecover(command, run)
  else if (verb.verb === 'show') configureShow(command, verb, run)
  else if (verb.verb === 'state-hash') configureStateHash(command, verb, run)
  else {
    command
      .option('--journal <file>', 'a controller’s journal instead of the stream')
      .action(({ journal }: { journal?: string }) => run((session) => verify(session, journal)))
  }
}

function configureList(command: Command, run: (task: Task) => void): void {
  command
    .option('--limit <number>', 'at most so many entries', toNumber, 50)
    .option('--before <sequence>', 'only entries before this one', toNumber)
    .action((options: { limit: number; before?: number }) => {
      run((session) =>
        askAndPrint(session, 'log', options, ({ rows }: { rows: readonly HistoryRow[] }) =>
          renderTable(historyColumns, rows, session),
        ),
      )
    })
}

function configureShow(command: Command, verb: OwnVerb, run: (task: Task) => void): void {
  command.action((...words: unknown[]) => {
    const [args = {}] = readPositionals(verb.positionals ?? [], words)
    run((session) => askAndPrint(session, 'log-block', args, blockLines))
  })
}

function blockLines({ entries }: { readonly entries: readonly EntryDetail[] }): string[] {
  return entries.flatMap((entry) => [
    `${entry.command} by ${entry.actor.name} (${entry.actor.kind}) at ${formatTime(entry.at)} UTC, id ${entry.id}`,
    ...(entry.reason === undefined ? [] : [`  reason: ${entry.reason}`]),
    ...(entry.cause === undefined ? [] : [`  cause: ${entry.cause}`]),
    ...renderTree({ args: entry.args }, '  '),
    ...entry.events.map(({ summary }) => `  ${summary}`),
  ])
}

function configureStateHash(command: Command, verb: OwnVerb, run: (task: Task) => void): void {
  command.action((...words: unknown[]) => {
    const [args = {}] = readPositionals(verb.positionals ?? [], words)
    run((session) =>
      askAndPrint(session, 'state-hash', args, (data: StateHash) => [
        `The state at ${data.sequence} has hash ${data.stateHash}.`,
      ]),
    )
  })
}

type StateHash = { readonly sequence: number; readonly stateHash: string }
