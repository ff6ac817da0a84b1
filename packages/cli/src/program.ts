/** The command line: all verbs for help, the options of the one that runs. */
import { Command } from 'commander'
import { argumentForms } from './arguments/positionals.ts'
import { version } from './commands/run/version.ts'
import { addGlobalOptions, valuedOptions } from './options.ts'
import type { Task } from './session.ts'
import type { Verb } from './verb.ts'
import { findVerb, nounAliases, verbs } from './verbs.ts'

export type Printer = { readonly out: (text: string) => void; readonly err: (text: string) => void }

/**
 * A program that knows the verb meant by `argv` with all its options, and the others by name.
 * Running it calls `run` with what is to be done; nothing has been done by then.
 */
export async function buildProgram(
  argv: readonly string[],
  printer: Printer,
  run: (task: Task) => void,
): Promise<Command> {
  const program = addGlobalOptions(new Command('varve'))
    .description('Control plane for replicated block storage')
    .version(version, '--version', 'print the version')
    .exitOverride()
    .configureOutput({ writeOut: printer.out, writeErr: printer.err })
    .showSuggestionAfterError()
  const [noun, verb] = words(argv)
  const wanted = noun === undefined ? undefined : findVerb(noun, verb)
  for (const [name, rows] of Map.groupBy(verbs, (row) => row.noun)) {
    await addNoun(program, name, rows, wanted, run)
  }
  program
    .command('run')
    .description(
      'Start a controller, a NATS server, a satellite, the REST API alone, or simulated hosts',
    )
    .argument('<controller|nats|satellite|rest|sim-hosts>')
  return program
}

async function addNoun(
  program: Command,
  noun: string,
  rows: readonly Verb[],
  wanted: Verb | undefined,
  run: (task: Task) => void,
): Promise<void> {
  const [single] = rows
  if (single?.verb === '') {
    await describe(program.command(noun), single, wanted, run)
    return
  }
  const parent = program.command(noun).aliases(nounAliases[noun] ?? [])
  parent.description(rows.map((row) => row.verb).join(', '))
  for (const row of rows) await describe(parent.command(row.verb), row, wanted, run)
}

async function describe(
  command: Command,
  row: Verb,
  wanted: Verb | undefined,
  run: (task: Task) => void,
): Promise<void> {
  command.description(row.summary).aliases([...(row.aliases ?? [])])
  if (row !== wanted) return
  for (const form of argumentForms(row.positionals ?? [])) command.argument(form)
  await configure(command, row, run)
}

/** Loads only what the verb needs. */
async function configure(command: Command, row: Verb, run: (task: Task) => void): Promise<void> {
  switch (row.kind) {
    case 'command':
      return (await import('./commands/command.ts')).configure(command, row, run)
    case 'property':
      return (await import('./commands/command.ts')).configureProperty(command, row, run)
    case 'list':
      return (await import('./commands/list.ts')).configure(command, row, run)
    case 'show':
      return (await import('./commands/show.ts')).configure(command, row, run)
    case 'own':
      return (await own[row.module]()).configure(command, row, run)
  }
}

const own = {
  bundle: () => import('./commands/bundle.ts'),
  replay: () => import('./commands/replay.ts'),
  rehearse: () => import('./commands/rehearse.ts'),
  'what-if': () => import('./commands/what-if.ts'),
  bisect: () => import('./commands/bisect.ts'),
  timeline: () => import('./commands/timeline.ts'),
  undo: () => import('./commands/undo.ts'),
  history: () => import('./commands/history.ts'),
  diff: () => import('./commands/diff.ts'),
  intent: () => import('./commands/intent.ts'),
  explain: () => import('./commands/explain.ts'),
  health: () => import('./commands/health.ts'),
  log: () => import('./commands/log.ts'),
  status: () => import('./commands/status.ts'),
  wait: () => import('./commands/wait.ts'),
  reconnect: () => import('./commands/reconnect.ts'),
  cluster: () => import('./commands/cluster.ts'),
  'auth-token': () => import('./commands/auth-token.ts'),
  encryption: () => import('./commands/encryption.ts'),
  completion: () => import('./commands/completion.ts'),
} as const

/** The words of the command line that are neither options nor their values. */
function words(argv: readonly string[]): string[] {
  const found: string[] = []
  for (let i = 0; i < argv.length; i += 1) {
    const word = argv[i] ?? ''
    if (valuedOptions.includes(word)) i += 1
    else if (!word.startsWith('-')) found.push(word)
  }
  return found
}
