/** `varve export` and `varve apply --file cluster.yaml`. */
import { type Args, isPublicCommand, type PublicCommandType } from '@varve/events'
import { changesBetween, type IntentChanges, type IntentCommand } from '@varve/projections'
import type { Command } from 'commander'
import { stringify } from 'yaml'
import type { Client } from '../client/client.ts'
import { exportIntent, readIntent } from '../intent/document.ts'
import { printRefusal } from '../output/refusal.ts'
import { exitCodes, type Session, type Task, UserError } from '../session.ts'
import type { OwnVerb } from '../verb.ts'
import { applyPlan } from './apply-plan.ts'
import { printAccepted, waitFor } from './command.ts'
import { refuseToSaveMany } from './saved-plan.ts'

export function configure(command: Command, verb: OwnVerb, run: (task: Task) => void): void {
  if (verb.noun === 'export') {
    command.action(() => run(printIntent))
    return
  }
  command
    .option('-f, --file <path>', 'YAML as `varve export` prints it; - is standard input')
    .option('--prune', 'delete what the file does not have, where it holds no data')
    .option('--prune-data', 'delete resources and volumes that the file does not have as well')
    .action((plan: string | undefined, { file, ...prune }: ApplyOptions) => {
      if ((plan === undefined) === (file === undefined)) {
        throw new UserError('Either a saved plan is applied, or a file of intent (--file).')
      }
      if (plan !== undefined) run((session) => applyPlan(session, plan))
      if (file !== undefined) run((session) => apply(session, { file, ...prune }))
    })
}

type ApplyOptions = { readonly file?: string; readonly prune?: true; readonly pruneData?: true }

async function printIntent(session: Session): Promise<number> {
  const { intent } = await exportIntent(await session.client())
  const text =
    session.options.output === 'json' ? JSON.stringify(intent, null, 2) : stringify(intent)
  session.print(text.trimEnd())
  return exitCodes.done
}

async function apply(
  session: Session,
  { file, ...prune }: ApplyOptions & { readonly file: string },
): Promise<number> {
  refuseToSaveMany(session)
  const wanted = await readIntent(file)
  const client = await session.client()
  const { intent, sequence } = await exportIntent(client)
  const changes = changesBetween(intent, wanted, prune)
  if (changes.impossible.length > 0) {
    session.printError(session.style('red', 'Nothing was done: no command can do all of it.'))
    for (const sentence of changes.impossible) session.printError(`  ${sentence}`)
    return exitCodes.failed
  }
  tellLeft(session, changes)
  if (changes.commands.length === 0) session.print('The cluster is as the file says.')
  if (!session.options.plan) return runAll(session, client, changes.commands, sequence)
  for (const command of changes.commands) session.print(lineOf(command))
  return exitCodes.done
}

function tellLeft(session: Session, { left }: IntentChanges): void {
  if (left.length === 0) return
  session.printError('The file does not have these, and they stay (--prune, --prune-data):')
  for (const object of left) session.printError(`  ${object}`)
}

/** Stops at the first refusal: what was done by then stays, and applying the file again goes on. */
export async function runAll(
  session: Session,
  client: Client,
  commands: readonly IntentCommand[],
  sequence: number,
): Promise<number> {
  const { reason } = session.options
  const placed = new Map<string, Parameters<typeof waitFor>[2]>()
  for (const [index, { type, args }] of commands.entries()) {
    if (!isPublicCommand(type)) throw new Error(`${type} is no command of a user`)
    // The first one is refused when somebody else has changed the cluster since it was read.
    const ifSequence = index === 0 ? sequence : undefined
    const reply = await client.command(type, args, { reason, ifSequence })
    if (!reply.ok) {
      const code = await printRefusal(session, reply.refusal)
      session.printError(`${index} of ${commands.length} commands were done before that.`)
      return code
    }
    printAccepted(session, type, args, reply)
    const { definition } = args as Partial<Args<'resource.create'>>
    if (places.includes(type) && definition !== undefined) placed.set(definition, reply)
  }
  if (!session.options.wait) return exitCodes.done
  for (const [definition, reply] of placed) {
    const code = reply && (await waitFor(session, { definition }, reply))
    if (code) return code
  }
  return exitCodes.done
}

const places: readonly PublicCommandType[] = ['resource.create', 'volume-definition.create']

export function lineOf({ type, args }: IntentCommand): string {
  const words = Object.entries(args).map(([name, value]) =>
    typeof value === 'object' ? `${name}=${JSON.stringify(value)}` : `${name}=${String(value)}`,
  )
  return `${type.replace('.', ' ')} ${words.join(' ')}`
}
