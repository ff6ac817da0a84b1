// What a command leaves behind, and the handle of a long-running one: the same for processes in a
// node and for host processes in the lab's namespace.
import { appendFileSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { until } from './until.ts'

export type Finished = { exitCode: number; stdout: string; stderr: string }

export type RunOptions = {
  stdin?: string | Uint8Array
  /** Default 60 s; the command's process group is killed then and the call fails. */
  timeoutMs?: number
  /** Default true: an exit code other than 0 is an error that quotes stderr. */
  check?: boolean
  env?: Readonly<Record<string, string>>
  /** Working directory. */
  directory?: string
}

export type SpawnOptions = Pick<RunOptions, 'env' | 'directory'> & {
  /** Names the log file; default is the program's name. */
  name?: string
}

/** A long-running process. Its standard output and error flow into one log that outlives it. */
export type Running = {
  name: string
  /** Fails when the node is lost under the process. */
  exited: Promise<number>
  output: () => string
  /** Waits until the output matches. */
  saw: (pattern: RegExp, timeoutMs?: number) => Promise<void>
  signal: (name: NodeJS.Signals) => void
  /** SIGTERM, after five seconds SIGKILL; gives the exit code (128 + signal). */
  stop: () => Promise<number>
}

/** A string is a script: bash that stops at the first failing command, also inside a pipe. */
export function argvOf(command: string | readonly string[]): readonly string[] {
  if (typeof command !== 'string') return command
  return ['bash', '-o', 'errexit', '-o', 'pipefail', '-c', command]
}

export function nameOf(command: string | readonly string[], options: SpawnOptions): string {
  const first =
    typeof command === 'string' ? 'script' : (command[0]?.split('/').at(-1) ?? 'command')
  return options.name ?? first
}

/** Judges a finished command by `check`. */
export function judge(where: string, command: string | readonly string[], result: Finished): void {
  if (result.exitCode === 0) return
  const text = typeof command === 'string' ? command : command.join(' ')
  const said = `${result.stderr}${result.stdout}`.trim().slice(-2000)
  throw new Error(`${where}: exit ${result.exitCode} from: ${text}\n${said}`)
}

/** Builds the handle of a process from what its owner knows; `log` is appended to as it speaks. */
export function running(
  name: string,
  log: string,
  begin: (onOutput: (bytes: Buffer) => void) => {
    exited: Promise<number>
    signal: (name: NodeJS.Signals) => void
  },
): Running {
  mkdirSync(dirname(log), { recursive: true })
  let text = ''
  const { exited, signal } = begin((bytes) => {
    text += bytes.toString()
    appendFileSync(log, bytes)
  })
  let isOver = false
  const over = () => {
    isOver = true
  }
  exited.then(over, over)
  const saw = (pattern: RegExp, timeoutMs = 60_000) =>
    until(`${name} to print ${pattern}`, () => pattern.test(text) || failIfOver(pattern), timeoutMs)
  const failIfOver = (pattern: RegExp) => {
    if (isOver) throw new Error(`${name} ended without printing ${pattern}:\n${text.slice(-2000)}`)
    return false
  }
  const stop = async () => {
    if (!isOver) signal('SIGTERM')
    const mercy = setTimeout(() => signal('SIGKILL'), 5000)
    return exited.finally(() => clearTimeout(mercy))
  }
  return { name, exited, output: () => text, saw, signal, stop }
}
