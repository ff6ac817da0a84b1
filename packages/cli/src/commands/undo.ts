/** `varve undo 123 --plan`: what would take an entry back; without `--plan` it is done. */
import type { Undo } from '@varve/projections'
import type { Command } from 'commander'
import { readPositionals } from '../arguments/positionals.ts'
import { toNumber } from '../options.ts'
import { printRefusal } from '../output/refusal.ts'
import { exitCodes, type Session, type Task } from '../session.ts'
import type { OwnVerb } from '../verb.ts'
import { lineOf, runAll } from './intent.ts'
import { refuseToSaveMany } from './saved-plan.ts'

type Options = { readonly entry?: number; readonly takeData?: true }
type Told = Undo & { readonly of: { readonly command: string; readonly actor: string } }

export function configure(command: Command, verb: OwnVerb, run: (task: Task) => void): void {
  command
    .option('--entry <number>', 'which entry of the block, from 0 on', toNumber)
    .option('--take-data', 'also where resources or volumes go with their data')
    .action((word: string, options: Options) => {
      const [args = {}] = readPositionals(verb.positionals ?? [], [word])
      run((session) => undo(session, args, options))
    })
}

async function undo(
  session: Session,
  args: Readonly<Record<string, unknown>>,
  { entry, takeData }: Options,
): Promise<number> {
  refuseToSaveMany(session)
  const client = await session.client()
  const reply = await client.query('undo', {
    ...args,
    ...(entry === undefined ? {} : { index: entry }),
    ...(takeData ? { takesData: true } : {}),
  })
  if (!reply.ok) return printRefusal(session, reply.refusal)
  // Queries and their answers come from one table, in @varve/projections.
  const told = reply.data as Told
  const { commands, impossible, left, objects, of } = told
  const reasons = [
    ...impossible,
    ...left.map((object) => `${object} would have to go, with its data: --take-data`),
  ]
  if (reasons.length > 0) {
    session.printError(session.style('red', 'Nothing was done: not all of it can be taken back.'))
    for (const sentence of reasons) session.printError(`  ${sentence}`)
    return exitCodes.failed
  }
  if (!session.options.plan) return runAll(session, client, commands, reply.sequence)
  if (session.options.output === 'json') session.print(JSON.stringify(told, null, 2))
  else {
    session.print(`${of.command} of ${of.actor} changed ${objects.join(', ')}. To take it back:`)
    for (const command of commands) session.print(`  ${lineOf(command)}`)
  }
  return exitCodes.done
}
