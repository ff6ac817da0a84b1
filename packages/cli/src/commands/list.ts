/** Lists of every noun: all pages, or the one that was asked for. */
import type { Page } from '@varve/projections'
import type { Command } from 'commander'
import { toNumber } from '../options.ts'
import { columnsOf, type ListQuery } from '../output/columns.ts'
import { printRefusal } from '../output/refusal.ts'
import { type Column, renderTable } from '../output/table.ts'
import { exitCodes, type Session, type Task } from '../session.ts'
import type { ListVerb } from '../verb.ts'

const filterFlags: Readonly<Record<string, string>> = {
  definition: 'resource',
  pool: 'storage-pool',
  group: 'resource-group',
}

export function configure(command: Command, verb: ListVerb, run: (task: Task) => void): void {
  const filters = (verb.filters ?? []).map((field) => ({
    field,
    flag: filterFlags[field] ?? field,
  }))
  for (const { flag } of filters) command.option(`--${flag} <name>`, `only those of this ${flag}`)
  const flags = Object.entries(verb.flags ?? {})
  for (const [flag, help] of flags) command.option(`--${flag}`, help)
  command
    .option('--limit <number>', 'at most so many', toNumber)
    .option('--offset <number>', 'leave out so many', toNumber)
    .action((options: Readonly<Record<string, unknown>>) => {
      const args: Record<string, unknown> = {}
      for (const { field, flag } of filters) {
        const value = options[flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())]
        if (value !== undefined) args[field] = value
      }
      for (const [flag] of flags) if (options[flag] === true) args[flag] = true
      run((session) =>
        list(session, verb.query as ListQuery, args, {
          ...(options.limit === undefined ? {} : { limit: Number(options.limit) }),
          offset: Number(options.offset ?? 0),
        }),
      )
    })
}

async function list(
  session: Session,
  noun: ListQuery,
  args: Readonly<Record<string, unknown>>,
  { limit = Number.POSITIVE_INFINITY, offset }: { limit?: number; offset: number },
): Promise<number> {
  const client = await session.client()
  const rows: object[] = []
  let total = Number.POSITIVE_INFINITY
  while (rows.length < limit && offset + rows.length < total) {
    const page = { offset: offset + rows.length, limit: Math.min(1000, limit - rows.length) }
    const reply = await client.query(noun, { ...args, ...page })
    if (!reply.ok) return printRefusal(session, reply.refusal)
    // Queries and their answers come from one table, in @varve/projections.
    const found = reply.data as Page<object>
    if (found.rows.length === 0) break
    rows.push(...found.rows)
    total = found.total
  }
  if (session.options.output === 'json') session.print(JSON.stringify(rows, null, 2))
  else print(session, noun, rows, total)
  return exitCodes.done
}

function print(session: Session, noun: ListQuery, rows: readonly object[], total: number): void {
  if (rows.length === 0) {
    session.printError(`There are no ${noun.replaceAll('-', ' ')} to show.`)
    return
  }
  // The columns of a noun fit the rows of that noun, which a union of all nouns cannot say.
  const columns = columnsOf[noun] as readonly Column<object>[]
  for (const line of renderTable(columns, rows, session)) session.print(line)
  if (rows.length < total) session.printError(`${rows.length} of ${total} are shown.`)
}
