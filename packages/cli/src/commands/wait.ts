/** `varve resource-definition wait-sync web`. */
import type { Command } from 'commander'
import { waitUntilSettled } from '../client/wait.ts'
import { exitCodes, type Session, type Task, UserError } from '../session.ts'

export function configure(command: Command, _: unknown, run: (task: Task) => void): void {
  command.action((definition: string) => run((session) => wait(session, definition)))
}

async function wait(session: Session, definition: string): Promise<number> {
  if (session.options.at) throw new UserError('--at reads the past: there is nothing to wait for.')
  const waited = await waitUntilSettled(session, await session.client(), { definition })
  if (session.options.output === 'json') session.print(JSON.stringify(waited, null, 2))
  else if (waited.outcome === 'settled') session.print(`${definition} is applied and UpToDate.`)
  else for (const sentence of waited.waiting) session.printError(sentence)
  return waited.outcome === 'settled' ? exitCodes.done : exitCodes.notYet
}
