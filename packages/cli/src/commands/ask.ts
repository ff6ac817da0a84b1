/** A query whose answer is printed: as JSON as it is, as lines by whoever asks. */
import type { QueryNoun } from '@varve/projections'
import { printRefusal } from '../output/refusal.ts'
import { exitCodes, type Session } from '../session.ts'

/** `D`: the form in which the controller of this version answers the query. */
export async function askAndPrint<D>(
  session: Session,
  noun: QueryNoun,
  args: Readonly<Record<string, unknown>>,
  lines: (data: D) => readonly string[],
): Promise<number> {
  const client = await session.client()
  const reply = await client.query(noun, args)
  if (!reply.ok) return printRefusal(session, reply.refusal)
  if (session.options.output === 'json') {
    session.print(JSON.stringify(reply.data, null, 2))
    return exitCodes.done
  }
  // Queries and their answers come from one table, in @varve/projections.
  for (const line of lines(reply.data as D)) session.print(line)
  return exitCodes.done
}
