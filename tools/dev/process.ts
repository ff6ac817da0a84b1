/** Child processes of the verbs: never left behind by Ctrl-C. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { checkout, toolEnvironment } from './checkout.ts'

export type Ran = { readonly ok: boolean; readonly output: string }

/** How long a child may take to end itself after Ctrl-C. */
const mercyMs = 10_000
/** No tool or suite takes this long: a test that loops without end is a failure, not a wait. */
const longestMs = 40 * 60_000

/**
 * Runs a tool of the checkout to its end. `stream: true`: it writes to our terminal itself and
 * `output` is empty. Rejects with the signal's reason when that is aborted, after the child's end.
 */
export async function runTool(
  [command = '', ...args]: readonly string[],
  options: { stream: boolean; signal: AbortSignal; env?: NodeJS.ProcessEnv },
): Promise<Ran> {
  const { stream, signal } = options
  signal.throwIfAborted()
  const child = spawn(command, args, {
    cwd: checkout,
    env: { ...toolEnvironment(), ...options.env },
    stdio: stream ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const pipe of [child.stdout, child.stderr]) {
    pipe?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  using _ending = endedWith(AbortSignal.any([signal, AbortSignal.timeout(longestMs)]), child)
  const [code] = await once(child, 'close')
  signal.throwIfAborted()
  return { ok: code === 0, output }
}

function endedWith(signal: AbortSignal, child: ChildProcess): Disposable {
  let timer: NodeJS.Timeout | undefined
  const end = () => {
    child.kill('SIGTERM')
    timer = setTimeout(() => child.kill('SIGKILL'), mercyMs)
  }
  signal.addEventListener('abort', end, { once: true })
  return {
    [Symbol.dispose]() {
      signal.removeEventListener('abort', end)
      clearTimeout(timer)
    },
  }
}

export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

/** Aborted by Ctrl-C, SIGTERM or a closed terminal; a second Ctrl-C ends us at once. */
export function interruption(): AbortSignal {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(130)
      stop.abort(new Interrupted(`stopped by ${name}`))
    })
  }
  return stop.signal
}
