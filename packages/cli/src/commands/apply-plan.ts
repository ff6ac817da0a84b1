/** `varve apply FILE`: a plan that is carried out as it was told, or not at all. */
import { commands, isPublicCommand } from '@varve/events'
import { printRefusal } from '../output/refusal.ts'
import { exitCodes, type Session, UserError } from '../session.ts'
import { printAccepted, waitForAll } from './command.ts'
import { readPlan } from './saved-plan.ts'

/** Refused when anything that the plan rests on has moved; with `--plan` only that is told. */
export async function applyPlan(session: Session, path: string): Promise<number> {
  const { cluster, madeAt, by, command, asPlanned, told, ...saved } = await readPlan(path)
  const { plan, output, save } = session.options
  if (save !== undefined) throw new UserError('A saved plan is not saved again: copy its file.')
  if (cluster !== session.options.cluster) {
    throw new UserError(`This plan is of cluster ${cluster}, not of ${session.options.cluster}.`)
  }
  const { type, args } = command
  if (!isPublicCommand(type) || !commands[type].safeParse(args).success) {
    throw new UserError(`${path} has no command that this release knows.`)
  }
  const client = await session.client()
  const reason = session.options.reason ?? saved.reason
  const reply = await client.command(type, args, { reason, plan, asPlanned })
  if (!reply.ok) return printRefusal(session, reply.refusal)
  if (plan && output === 'table') {
    session.print(`Planned by ${by} at ${new Date(madeAt).toISOString()}; nothing has moved since.`)
    for (const line of told) session.print(line)
    return exitCodes.done
  }
  printAccepted(session, type, args, reply)
  return plan ? exitCodes.done : waitForAll(session, [{ type, args, reply }])
}
