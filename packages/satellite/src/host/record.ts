/** A Host for tests: answers from a script, remembers every command, keeps files in memory. */
import { hash } from 'node:crypto'
import type { CommandResult, Host, RunOptions } from './host.ts'

export type Answer = Partial<
  Pick<CommandResult, 'exitCode' | 'stdout' | 'stderr' | 'timedOut' | 'isAlive'>
>

export type RecordedHost = Host & {
  /** Command lines in the order in which they were issued. */
  readonly commands: string[]
  readonly files: Map<string, string>
}

export type Script = {
  /** Undefined: there is no such program. May throw to say that a test did not expect it. */
  readonly answer: (
    argv: readonly string[],
    options: RunOptions,
  ) => Answer | undefined | Promise<Answer | undefined>
  readonly files?: Readonly<Record<string, string>>
  /** Lines of a followed process; ends when the iterable ends. */
  readonly follow?: (argv: readonly string[], signal: AbortSignal) => AsyncIterable<string>
  readonly uname?: string
}

export function recordedHost(script: Script): RecordedHost {
  const commands: string[] = []
  const files = new Map(Object.entries(script.files ?? {}))
  return {
    commands,
    files,
    uname: script.uname ?? 'n1',
    run: async (argv, options = {}) => {
      commands.push(argv.join(' '))
      const answer = await script.answer(argv, options)
      const text = { argv, stdout: answer?.stdout ?? '', stderr: answer?.stderr ?? '' }
      if (!answer) return { ...text, timedOut: false, problem: 'not-found' }
      if (answer.timedOut) {
        return { ...text, timedOut: true, ...(answer.isAlive ? { isAlive: true } : {}) }
      }
      return { ...text, timedOut: false, exitCode: answer.exitCode ?? 0 }
    },
    follow: (argv, signal) => ({
      lines: script.follow?.(argv, signal) ?? nothing(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
    readFile: (path) => Promise.resolve(files.get(path)),
    writeFile: (path, text) => {
      files.set(path, text)
      return Promise.resolve()
    },
    fingerprint: (path) => {
      const text = files.get(path)
      return Promise.resolve(text === undefined ? undefined : hash('sha256', text))
    },
    placeFile: (path, content) => {
      files.set(path, Buffer.from(content, 'base64').toString())
      return Promise.resolve()
    },
    removeFile: (path) => {
      files.delete(path)
      return Promise.resolve()
    },
    claim: () => Promise.resolve(),
    changeKernel: ({ path }) => Promise.reject(new Error(`no test changes ${path}`)),
    openBlocks: (path) => Promise.reject(new Error(`no test opens ${path}`)),
    pipe: (argv) => ({
      output: nothing(),
      ended: Promise.resolve({ argv, stdout: '', stderr: '', timedOut: true }),
    }),
    listen: () => Promise.reject(new Error('no test listens')),
    connect: () => Promise.reject(new Error('no test connects')),
    list: (directory) => Promise.resolve(namesIn(files.keys(), directory)),
    resolve: (path) => Promise.resolve(files.has(path) ? path : undefined),
    exists: (path) =>
      Promise.resolve(files.has(path) || [...files.keys()].some((f) => f.startsWith(`${path}/`))),
  }
}

function namesIn(paths: Iterable<string>, directory: string): string[] {
  const names = new Set<string>()
  for (const path of paths) {
    if (path.startsWith(`${directory}/`))
      names.add(path.slice(directory.length + 1).split('/')[0] ?? '')
  }
  return [...names].sort()
}

async function* nothing(): AsyncGenerator<never> {}
