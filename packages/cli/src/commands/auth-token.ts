/** `varve auth-token create`: a token for the REST API, which is printed once and kept nowhere. */
import { roleMeanings, UserRole } from '@varve/events'
import { type Command, Option } from 'commander'
import { readPositionals } from '../arguments/positionals.ts'
import { printRefusal } from '../output/refusal.ts'
import { exitCodes, type Session, type Task, UserError } from '../session.ts'
import type { OwnVerb } from '../verb.ts'

type Options = { readonly role: UserRole; readonly expires?: string; readonly address?: string }

export function configure(command: Command, verb: OwnVerb, run: (task: Task) => void): void {
  const roles = UserRole.options.map((role) => `${role}: ${roleMeanings[role]}`).join('; ')
  command
    .addOption(
      new Option('--role <role>', `what it may do (${roles})`)
        .choices(UserRole.options)
        .default('admin'),
    )
    .option('--expires <time>', 'not taken from then on: 2026-12-31, 2026-12-31T12:00:00Z')
    .option('--address <address>', 'the only address that it is taken from')
    .action((...words: unknown[]) => {
      const [args = {}] = readPositionals(verb.positionals ?? [], words)
      // Declared above, its choices checked.
      const options = command.opts<Options>()
      run((session) => createToken(session, String(args.description), options))
    })
}

async function createToken(
  session: Session,
  description: string,
  { role, expires, address }: Options,
): Promise<number> {
  const { plan, reason } = session.options
  if (plan) throw new UserError('A token that is only planned is none: leave out --plan.')
  const expiresAt = expires === undefined ? undefined : Date.parse(expires)
  if (Number.isNaN(expiresAt)) {
    throw new UserError(`--expires is a time like 2026-12-31T12:00:00Z, not ${expires}`)
  }
  // Loaded late: it brings the HTTP server along, which no other verb needs.
  const { newToken } = await import('@varve/rest')
  const { token, tokenHash } = newToken()
  const client = await session.client()
  const args = { tokenHash, description, role, expiresAt, address }
  const reply = await client.command('auth-token.create', args, { reason })
  if (!reply.ok) return printRefusal(session, reply.refusal)
  if (session.options.output === 'json') {
    session.print(JSON.stringify({ token, number: reply.result?.token }, null, 2))
    return exitCodes.done
  }
  session.print(token)
  session.printError('It is kept nowhere: put it where its owner finds it. Tokens are needed once')
  session.printError(
    '  varve controller set-property Auth/TokenAuthenticationEnabled true   has been said.',
  )
  return exitCodes.done
}
