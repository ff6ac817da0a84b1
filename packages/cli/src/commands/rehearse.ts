/** `varve rehearse FILE`: would this release decide as was decided? */
import type { Command } from 'commander'
import { toNumber } from '../options.ts'
import { exitCodes, type Session, type Task, UserError } from '../session.ts'

export function configure(command: Command, _: unknown, run: (task: Task) => void): void {
  command
    .option('--limit <number>', 'tell at most so many decisions', toNumber, 50)
    .action((file: string, { limit }: { limit: number }) => {
      run((session) => rehearse(session, file, limit))
    })
}

async function rehearse(session: Session, path: string, limit: number): Promise<number> {
  const { BundleUnreadable, rehearseBundle } = await import('@varve/controller/bundle')
  const told = (blocks: number) => session.progress(`${blocks} blocks rehearsed`)
  const found = await rehearseBundle(path, limit, told).catch((cause: unknown) => {
    if (!(cause instanceof BundleUnreadable)) throw cause
    throw new UserError(`${cause.message}.`, exitCodes.usage, cause)
  })
  session.progress('')
  const { head, blocks, decisions, differences, differing, isSameState } = found
  const isSame = isSameState && differing === 0
  if (session.options.output === 'json') {
    session.print(JSON.stringify(found, null, 2))
    return isSame ? exitCodes.done : exitCodes.failed
  }
  session.print(
    isSameState
      ? `${blocks} blocks fold to the same state as release ${head.versions.varve} made of them.`
      : `${blocks} blocks fold to another state than release ${head.versions.varve} made of them.`,
  )
  session.print(
    differing === 0
      ? `All ${decisions} decisions would be the same.`
      : `${differing} of ${decisions} decisions would differ:`,
  )
  for (const { sequence, command, difference } of differences) {
    session.print(`  ${sequence} ${command}: ${difference}`)
  }
  if (differing > 0 && head.isAnonymised) {
    session.printError('Keys and texts were taken out of this bundle: that makes differences, too.')
  }
  return isSame ? exitCodes.done : exitCodes.failed
}
