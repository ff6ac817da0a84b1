/** The Host of a real machine. The only place that starts processes: argv only, never a shell. */
import { hostname } from 'node:os'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'
import { openBlocks } from './blocks.ts'
import { realFiles } from './files.ts'
import {
  type CommandResult,
  type FollowedProcess,
  type Host,
  normalTimeoutMs,
  type PipedProcess,
  type RunOptions,
} from './host.ts'
import { realKernel } from './kernel.ts'
import { realNetwork } from './network.ts'

/** From SIGTERM to SIGKILL, then until we stop waiting for a process that cannot die (D state). */
const patienceMs = { term: 15_000, kill: 5_000 } as const
/** A report of ten thousand LVs is about 4 MB. */
const maxOutput = 64 * 1024 * 1024

const environment = {
  LC_ALL: 'C',
  LVM_SUPPRESS_FD_WARNINGS: '1',
} as const

export function realHost(): Host {
  return {
    ...realFiles,
    ...realKernel,
    ...realNetwork,
    run,
    follow,
    pipe,
    openBlocks,
    uname: hostname(),
  }
}

async function run(argv: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  const [file = '', ...args] = argv
  const timeout = options.timeoutMs ?? normalTimeoutMs
  const child = execa(file, args, {
    ...(options.stdin === undefined ? { stdin: 'ignore' as const } : { input: options.stdin }),
    ...(options.signal ? { cancelSignal: options.signal } : {}),
    env: environment,
    timeout,
    killSignal: 'SIGTERM',
    forceKillAfterDelay: patienceMs.term,
    maxBuffer: maxOutput,
    reject: false,
    stripFinalNewline: false,
  })
  const abandon = Promise.withResolvers<undefined>()
  const timer = setTimeout(
    () => abandon.resolve(undefined),
    timeout + patienceMs.term + patienceMs.kill,
  )
  try {
    const result = await Promise.race([child, abandon.promise])
    if (!result)
      return { argv, stdout: '', stderr: 'could not be killed', timedOut: true, isAlive: true }
    const problem =
      result.exitCode !== undefined || result.timedOut || result.isTerminated
        ? undefined
        : result.code === 'ENOENT'
          ? 'not-found'
          : 'not-startable'
    return {
      argv,
      ...(result.exitCode === undefined || result.timedOut ? {} : { exitCode: result.exitCode }),
      stdout: result.stdout ?? '',
      stderr: result.stderr ?? '',
      // Killed by whomever: what it did is as unknown as after our own time limit.
      timedOut: result.timedOut || result.isTerminated,
      ...(problem ? { problem } : {}),
    }
  } finally {
    clearTimeout(timer)
  }
}

function follow(argv: readonly string[], signal: AbortSignal): FollowedProcess {
  const [file = '', ...args] = argv
  const stop = new AbortController()
  const child = execa(file, args, {
    stdin: 'ignore',
    stderr: 'ignore',
    env: environment,
    cancelSignal: AbortSignal.any([signal, stop.signal]),
    forceKillAfterDelay: patienceMs.kill,
    buffer: false,
    reject: false,
  })
  return {
    lines: linesOf(child),
    async [Symbol.asyncDispose]() {
      stop.abort()
      await child
    },
  }
}

/** Its end is an ordinary event, whatever the exit code: the follower starts it again. */
async function* linesOf(child: AsyncIterable<unknown>): AsyncGenerator<string> {
  try {
    for await (const line of child) yield String(line)
  } catch {
    // execa throws here when the process was killed.
  }
}

/** Its input goes as fast as it takes it, its output as fast as somebody reads it. */
function pipe(argv: readonly string[], options: Parameters<Host['pipe']>[1]): PipedProcess {
  const { input, signal } = options
  const [file = '', ...args] = argv
  const child = execa(file, args, {
    stdin: input ? 'pipe' : 'ignore',
    env: environment,
    cancelSignal: signal,
    forceKillAfterDelay: patienceMs.term,
    encoding: 'buffer',
    buffer: { stdout: false, stderr: true },
    reject: false,
  })
  // A tool that has had enough closes its input: how it ended says more than that does.
  if (input && child.stdin) {
    void pipeline(Readable.from(input, { objectMode: false }), child.stdin).catch((error: Error) =>
      child.kill('SIGTERM', error),
    )
  }
  const ended = child.then(({ exitCode, stderr, isTerminated }) => ({
    argv,
    ...(exitCode === undefined ? {} : { exitCode }),
    stdout: '',
    stderr: new TextDecoder().decode(stderr),
    timedOut: isTerminated,
  }))
  return { output: child.stdout, ended }
}
