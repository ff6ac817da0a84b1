/**
 * The port to the machine: run a tool, follow a tool's lines, read and write small files.
 * The real one goes through execa; the simulated one imitates the tools.
 */

export type CommandResult = {
  readonly argv: readonly string[]
  /** Absent: killed after its time limit, or the program could not be started (see `problem`). */
  readonly exitCode?: number
  readonly stdout: string
  readonly stderr: string
  /** True: killed in steps after `timeoutMs`; its effect is unknown, not failed. */
  readonly timedOut: boolean
  /** `not-found`: there is no such program on this machine. */
  readonly problem?: 'not-found' | 'not-startable'
}

export type RunOptions = {
  readonly stdin?: string
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export type FollowedProcess = AsyncDisposable & {
  /** Lines of standard output until the process ends. */
  readonly lines: AsyncIterable<string>
}

export type Host = {
  /** Never throws for what the tool did: the result says it. No shell, argv only. */
  readonly run: (argv: readonly string[], options?: RunOptions) => Promise<CommandResult>
  /** Starts a long-running tool such as `drbdsetup events2`. */
  readonly follow: (argv: readonly string[], signal: AbortSignal) => FollowedProcess
  /** Contents, or undefined when there is no such file. */
  readonly readFile: (path: string) => Promise<string | undefined>
  /**
   * Text that is never the same for two contents of a file, much cheaper than reading it; undefined
   * when that cannot be promised, and always where this is absent.
   */
  readonly stamp?: (path: string) => Promise<string | undefined>
  /** Written beside, synced, renamed over: whole or not at all, also after a power loss. */
  readonly writeFile: (path: string, text: string) => Promise<void>
  readonly removeFile: (path: string) => Promise<void>
  /** Names in a directory, sorted; empty when there is none. */
  readonly list: (directory: string) => Promise<string[]>
  /** True when something exists at the path (device nodes included). */
  readonly exists: (path: string) => Promise<boolean>
  /** `uname -n` without a process. */
  readonly uname: string
}
