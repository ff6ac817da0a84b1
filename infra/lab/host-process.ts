// Processes of the host that live in the lab's network namespace: nats-server, controller, CLI.
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { delimiter, join } from 'node:path'
import { inNamespace } from './network.ts'
import {
  argvOf,
  type Finished,
  judge,
  nameOf,
  type Running,
  type RunOptions,
  running,
  type SpawnOptions,
} from './running.ts'
import { mark } from './sweep.ts'

/** Where the lab is: its directory and the process that holds its namespace. */
export type Place = { directory: string; gatePid: number }

/** The checkout's root; its node_modules/.bin comes first in every PATH of the lab. */
export const checkout: string = join(import.meta.dirname, '../..')

export async function execHost(
  place: Place,
  command: string | readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const child = begin(place, command, options)
  const timeoutMs = options.timeoutMs ?? 60_000
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    signalGroup(child, 'SIGKILL')
  }, timeoutMs)
  child.stdin?.on('error', () => undefined) // a command need not read its input
  child.stdin?.end(options.stdin)
  const [stdout, stderr] = [collect(child.stdout), collect(child.stderr)]
  const exitCode = await exitOf(child).finally(() => clearTimeout(timer))
  if (isLate) throw new Error(`host: not done after ${timeoutMs} ms: ${command}\n${stderr()}`)
  const result = { exitCode, stdout: stdout(), stderr: stderr() }
  if (options.check ?? true) judge('host', command, result)
  return result
}

/** Runs a program on our own terminal, e.g. a shell, until it ends; gives its exit code. */
export function attachHost(
  place: Place,
  command: string | readonly string[],
  options: Pick<RunOptions, 'env' | 'directory'> = {},
): Promise<number> {
  const [file, args] = inNamespace(place.gatePid, argvOf(command))
  const { env, directory } = options
  // In our process group, so that it may read the terminal.
  const child = spawn(file, args, {
    cwd: directory,
    stdio: 'inherit',
    env: environment(place, env),
  })
  return exitOf(child)
}

export function spawnHost(
  place: Place,
  command: string | readonly string[],
  options: SpawnOptions = {},
): Running {
  const name = nameOf(command, options)
  return running(name, join(place.directory, 'host', `${name}.log`), (onOutput) => {
    const child = begin(place, command, options)
    child.stdin?.end()
    child.stdout?.on('data', onOutput)
    child.stderr?.on('data', onOutput)
    const exited = exitOf(child)
    exited.catch(() => undefined)
    return { exited, signal: (signal) => signalGroup(child, signal) }
  })
}

function begin(
  place: Place,
  command: string | readonly string[],
  options: Pick<RunOptions, 'env' | 'directory'>,
): ChildProcess {
  const [file, args] = inNamespace(place.gatePid, argvOf(command))
  return spawn(file, args, {
    cwd: options.directory,
    detached: true, // a group of its own, to be signalled as a whole
    env: environment(place, options.env),
  })
}

function environment(place: Place, env: RunOptions['env']): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${join(checkout, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`,
    ...env,
    [mark]: place.directory,
  }
}

/** The exit code once 'close' says that all output has arrived ('exit' comes before that). */
function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  process.kill(-child.pid, signal)
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return () => Buffer.concat(chunks).toString()
}
