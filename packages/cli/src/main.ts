#!/usr/bin/env node
/** The `varve` command: the only reader of argv, and the door to the long-running parts. */
import { inspect } from 'node:util'
import type { Io } from './run.ts'
import { processSecrets } from './secret/source.ts'

/** Composition roots; each takes the words that follow its name. */
const parts: Readonly<Record<string, () => Promise<{ run: (argv: string[]) => Promise<number> }>>> =
  {
    controller: () => import('./commands/run/controller.ts'),
    satellite: () => import('./commands/run/satellite.ts'),
    nats: () => import('./commands/run/nats.ts'),
    rest: () => import('./commands/run/rest.ts'),
    'sim-hosts': () => import('./commands/run/sim-hosts.ts'),
  }

/** Older ones lack parts of the language, and would fail in the middle with words of their own. */
const oldestNode = 24

async function main(argv: string[]): Promise<number> {
  if (Number.parseInt(process.versions.node, 10) < oldestNode) {
    const path = `${process.execPath} is ${process.version}`
    process.stderr.write(`varve: Node ${oldestNode} or newer is needed, and ${path}\n`)
    return 1
  }
  const [verb, part, ...rest] = argv
  const start = verb === 'run' && part !== undefined ? parts[part] : undefined
  if (start !== undefined) return runPart(start, rest)
  const { run } = await import('./run.ts')
  return run(argv, processIo())
}

/** What keeps a part from starting or going on is a sentence for the operator and his journal. */
async function runPart(
  start: NonNullable<(typeof parts)[string]>,
  argv: string[],
): Promise<number> {
  try {
    const part = await start()
    return await part.run(argv)
  } catch (error) {
    const isOurFault = error instanceof TypeError && !('code' in error)
    const text = error instanceof Error && !isOurFault ? error.message : inspect(error)
    process.stderr.write(`varve: ${text}\n`)
    // Not by returning: what the part had open when it failed would keep a dead daemon alive.
    process.exit(error instanceof TypeError && 'code' in error ? 2 : 1)
  }
}

function processIo(): Io {
  const abort = new AbortController()
  // `varve resource list | head`: who reads has seen enough, and that is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
  // Once: end cleanly. Twice: the user means it.
  process.once('SIGINT', () => {
    abort.abort()
    process.once('SIGINT', () => process.exit(130))
  })
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    width: process.stdout.isTTY ? process.stdout.columns : undefined,
    isInteractive: process.stderr.isTTY,
    secrets: processSecrets(),
    signal: abort.signal,
    connect: async (options, signal) =>
      (await import('./client/client.ts')).connectClient(options, signal),
  }
}

process.exitCode = await main(process.argv.slice(2))
