/**
 * `varve node reconnect n1`: waits until the satellite is heard. Satellites connect by themselves
 * and try again for ever, so there is nobody to be asked to: what is left to do is on that machine.
 */
import { formatDuration, type NodeRow } from '@varve/projections'
import type { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { printRefusal } from '../output/refusal.ts'
import { exitCodes, type Session, type Task, UserError } from '../session.ts'

/** A satellite that has lost its server tries every few seconds; more than that is not waited. */
const longestWaitMs = 15_000
const pauseMs = 1_000

export function configure(command: Command, _: unknown, run: (task: Task) => void): void {
  command.action((nodes: readonly string[]) => run((session) => reconnect(session, nodes)))
}

async function reconnect(session: Session, nodes: readonly string[]): Promise<number> {
  if (session.options.at) throw new UserError('--at reads the past: nobody can be heard there.')
  const client = await session.client()
  const rows: NodeRow[] = []
  for (const node of nodes) {
    const row = await heard(session, client, node)
    if (typeof row === 'number') return row
    rows.push(row)
    if (session.options.output === 'table') say(session, row)
  }
  if (session.options.output === 'json') session.print(JSON.stringify(rows, null, 2))
  return rows.every(({ status }) => status === 'online') ? exitCodes.done : exitCodes.notYet
}

/** The node as soon as it is online, or as it is after the wait; a number: why there is none. */
async function heard(session: Session, client: Client, node: string): Promise<NodeRow | number> {
  const waitMs = session.options.wait ? Math.min(longestWaitMs, session.options.timeoutMs) : 0
  const began = performance.now()
  const watch = client.watch((of) => [of.changes])
  try {
    for (;;) {
      const reply = await client.query('node', { node })
      if (!reply.ok) return printRefusal(session, reply.refusal)
      // What this query is answered with.
      const row = reply.data as NodeRow
      const left = waitMs - (performance.now() - began)
      if (row.status === 'online' || left <= 0) return row
      await watch.next(Math.min(pauseMs, left))
    }
  } finally {
    watch.stop()
  }
}

function say(session: Session, { name, status, statusAgeMs }: NodeRow): void {
  const since = statusAgeMs === undefined ? '' : ` for ${formatDuration(statusAgeMs)}`
  if (status === 'online') {
    session.print(`The satellite of ${name} has been heard${since}: there is nothing to reconnect.`)
    return
  }
  const silence = statusAgeMs === undefined ? 'was never heard' : `has not been heard${since}`
  session.printError(`The satellite of ${name} ${silence}. It connects by itself; on that machine:`)
  session.printError('  systemctl status varve-satellite     # is it running?')
  session.printError('  systemctl restart varve-satellite    # does no harm: volumes stay open')
  session.printError('  journalctl -u varve-satellite -n 50  # why it cannot connect')
}
