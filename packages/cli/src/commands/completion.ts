/** `varve completion` prints the script; `varve completion <words>` is what the script asks. */
import type { NameKind } from '@varve/projections'
import type { Command } from 'commander'
import { readPositional } from '../arguments/positionals.ts'
import { exitCodes, type Session, type Task } from '../session.ts'
import type { Verb } from '../verb.ts'
import { findVerb, nounAliases, verbs } from '../verbs.ts'

const script = `# bash completion for varve: source <(varve completion)
_varve() {
  local words=("\${COMP_WORDS[@]:1:COMP_CWORD}")
  mapfile -t COMPREPLY < <(varve completion --timeout 1 -- "\${words[@]}" 2>/dev/null)
}
complete -F _varve varve`

export function configure(command: Command, _: unknown, run: (task: Task) => void): void {
  command.action((words: string[]) => run((session) => complete(session, words)))
}

async function complete(session: Session, words: readonly string[]): Promise<number> {
  if (words.length === 0) session.print(script)
  else for (const word of await candidates(session, words)) session.print(word)
  return exitCodes.done
}

/** Words that can stand where the last of `words`, perhaps unfinished, stands. */
export async function candidates(
  session: Pick<Session, 'client'>,
  words: readonly string[],
): Promise<string[]> {
  const last = words.at(-1) ?? ''
  const before = words.slice(0, -1).filter((word) => !word.startsWith('-'))
  const [noun, verb] = before
  if (noun === undefined) return beginning(last, [...new Set(verbs.map((row) => row.noun)), 'run'])
  const row = findVerb(noun, verb)
  if (row === undefined) return beginning(last, verbsOf(noun))
  const kind = nameKindOf(row, before.length - (row.verb === '' ? 1 : 2))
  if (kind === undefined) return []
  const reply = await (await session.client()).query('names', { kind, prefix: last })
  // Queries and their answers come from one table, in @varve/projections.
  return reply.ok ? [...(reply.data as { names: readonly string[] }).names] : []
}

function verbsOf(noun: string): string[] {
  const full = Object.entries(nounAliases).find(([, short]) => short.includes(noun))?.[0] ?? noun
  return verbs.filter((row) => row.noun === full).map((row) => row.verb)
}

const kinds: Readonly<Record<string, NameKind>> = {
  node: 'node',
  definition: 'resource-definition',
  object: 'resource-definition',
  group: 'resource-group',
  pool: 'storage-pool-definition',
  operation: 'operation',
}

/** Which names fit at a position; a new name of a `create` fits none. */
function nameKindOf(row: Verb, index: number): NameKind | undefined {
  const fields = (row.positionals ?? []).map(readPositional)
  const field = fields[index] ?? (fields.at(-1)?.many === 'each' ? fields.at(-1) : undefined)
  const isNew = row.verb === 'create' && index === 0 && row.noun.endsWith(field?.field ?? '?')
  return field === undefined || isNew ? undefined : kinds[field.field]
}

const beginning = (prefix: string, words: readonly string[]) =>
  words.filter((word) => word.startsWith(prefix))
