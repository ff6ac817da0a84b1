/** From argv to an exit code. Everything outside comes in as `io`, so that tests are processes of their own. */
import { CommanderError } from 'commander'
import type { Client } from './client/client.ts'
import { type GlobalOptions, readGlobalOptions } from './options.ts'
import { colored, plain } from './output/style.ts'
import { buildProgram } from './program.ts'
import type { SecretSource } from './secret/source.ts'
import { exitCodes, type Session, type Task, UserError } from './session.ts'

export type Io = {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** Columns of the terminal; undefined when the output is none. */
  readonly width: number | undefined
  /** True: progress may replace itself on the error stream. */
  readonly isInteractive: boolean
  /** Where passphrases are read from. */
  readonly secrets: SecretSource
  readonly signal: AbortSignal
  readonly connect: (options: GlobalOptions, signal: AbortSignal) => Promise<Client>
}

export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    const tasks: Task[] = []
    const program = await buildProgram(argv, io, (task) => tasks.push(task))
    await program.parseAsync(argv, { from: 'user' })
    const [task] = tasks
    if (task === undefined) return exitCodes.usage
    return await perform(task, readGlobalOptions(program.opts()), io)
  } catch (error) {
    return failed(error, io)
  }
}

async function perform(task: Task, options: GlobalOptions, io: Io): Promise<number> {
  let client: Promise<Client> | undefined
  const connected = () => {
    client ??= io.connect(options, io.signal)
    return client
  }
  try {
    return await task(sessionOf(options, io, connected))
  } finally {
    await client?.then(
      (open) => open.close(),
      () => undefined,
    )
  }
}

function sessionOf(options: GlobalOptions, io: Io, client: () => Promise<Client>): Session {
  const isColored = options.color && io.width !== undefined
  const showsProgress = io.isInteractive && options.output === 'table'
  let hasLine = false
  return {
    options,
    style: isColored ? colored : plain,
    width: io.width,
    client,
    print: (text) => io.out(`${text}\n`),
    printError: (text) => io.err(`${text}\n`),
    progress: (text) => {
      if (!showsProgress || (text === '' && !hasLine)) return
      hasLine = text !== ''
      // Back to the start of the line, erase it, and never wrap.
      io.err(`\r\u001b[K${text.slice(0, (io.width ?? 80) - 1)}`)
    },
    secrets: io.secrets,
    runLine: (argv, connect) => run(argv, { ...io, connect }),
    signal: io.signal,
  }
}

function failed(error: unknown, io: Io): number {
  if (io.signal.aborted) {
    io.err('Interrupted. What was accepted is in the log and goes on: varve log list\n')
    return exitCodes.interrupted
  }
  // Commander has printed its sentence already; help and version are no failures.
  if (error instanceof CommanderError) {
    return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
  }
  if (error instanceof UserError) {
    io.err(`${error.message}\n`)
    return error.exitCode
  }
  io.err(
    `This is a fault of varve itself: ${error instanceof Error ? error.stack : String(error)}\n`,
  )
  return exitCodes.bug
}
