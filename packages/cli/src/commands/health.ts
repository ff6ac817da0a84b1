/** `varve health`: one verdict and why. Exit code 0: ok, 1: warning, 2: error, as monitors expect. */
import type { Health } from '@varve/projections'
import type { Command } from 'commander'
import { printRefusal } from '../output/refusal.ts'
import type { Style } from '../output/style.ts'
import type { Session, Task } from '../session.ts'

const exitCodeOf = { ok: 0, warning: 1, error: 2 } as const
const colorOf = { ok: 'green', warning: 'yellow', error: 'red' } as const

export function configure(command: Command, _: unknown, run: (task: Task) => void): void {
  command.action(() => run(health))
}

async function health(session: Session): Promise<number> {
  const client = await session.client()
  const reply = await client.query('health')
  if (!reply.ok) return printRefusal(session, reply.refusal)
  // Queries and their answers come from one table, in @varve/projections.
  const found = reply.data as Health
  if (session.options.output === 'json') session.print(JSON.stringify(found, null, 2))
  else for (const line of healthLines(found, session.style)) session.print(line)
  return exitCodeOf[found.verdict]
}

export function healthLines({ verdict, problems, more }: Health, style: Style): string[] {
  const lines = [style(colorOf[verdict], verdict)]
  for (const { level, sentence, remedy } of problems) {
    lines.push(`${style(colorOf[level], level)}: ${sentence}`)
    if (remedy !== undefined) lines.push(`  → ${remedy}`)
  }
  if (more > 0) lines.push(`… and ${more} more`)
  return lines
}
