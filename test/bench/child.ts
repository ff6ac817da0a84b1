/** Parts of Varve as processes of their own: started, waited for, measured, ended by their id. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { delimiter, dirname } from 'node:path'

/** USER_HZ is 100 on every architecture that Node runs on. */
const tickMs = 10

export type Child = AsyncDisposable & {
  /** Resident memory, MiB. */
  readonly residentMib: () => Promise<number>
  /** Processor time that it has taken so far, ms; to a hundredth of a second. */
  readonly processorMs: () => Promise<number>
  /** Ends it cleanly and waits until it has gone. */
  readonly stop: () => Promise<void>
}

/** `varve run <argv>` of a build, as on machines that run nothing else: no cache of compiled code. */
export function startPart(varve: string, ...argv: readonly string[]): Child {
  const { NODE_COMPILE_CACHE: _, PATH = '', ...env } = process.env
  const path = `${dirname(process.execPath)}${delimiter}${PATH}`
  return startProcess([varve, 'run', ...argv], { ...env, PATH: path })
}

export function startScript(script: string, ...argv: readonly string[]): Child {
  return startProcess([process.execPath, script, ...argv], process.env)
}

function startProcess([command = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Child {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env })
  // Also when the benchmark itself ends early: nothing is left behind.
  const end = () => void child.kill('SIGTERM')
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  const stop = () => stopChild(child)
  return {
    stop,
    async residentMib() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
    },
    async processorMs() {
      const line = await readFile(`/proc/${child.pid}/stat`, 'utf8')
      // What follows the name, which may have spaces; the fields are numbered from 3 there (proc(5)).
      const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
      return (Number(fields[11]) + Number(fields[12])) * tickMs
    },
    [Symbol.asyncDispose]: stop,
  }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const impatience = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await ended
  clearTimeout(impatience)
}
