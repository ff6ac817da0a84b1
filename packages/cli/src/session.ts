/** What a verb works with: where it prints, whom it asks, and when it has to stop. */
import type { Client } from './client/client.ts'
import type { GlobalOptions } from './options.ts'
import type { Style } from './output/style.ts'
import type { SecretSource } from './secret/source.ts'

export type Session = {
  readonly options: GlobalOptions
  readonly style: Style
  /** Width of the terminal in columns; undefined when the output is no terminal. */
  readonly width: number | undefined
  /** Connects on first use. */
  readonly client: () => Promise<Client>
  readonly print: (text: string) => void
  readonly printError: (text: string) => void
  /** One line that replaces itself on a terminal; empty text takes it away. */
  readonly progress: (text: string) => void
  readonly secrets: SecretSource
  /** Runs another command line, which asks `connect`'s client instead; resolves with its exit code. */
  readonly runLine: (
    argv: readonly string[],
    connect: (options: GlobalOptions) => Promise<Client>,
  ) => Promise<number>
  readonly signal: AbortSignal
}

/** What a verb does once its arguments are read; resolves with the exit code. */
export type Task = (session: Session) => Promise<number>

export const exitCodes = {
  done: 0,
  bug: 1,
  usage: 2,
  unavailable: 9,
  /** Accepted and in the log, but not there in time; it goes on by itself. */
  notYet: 10,
  /** Accepted, and it came to nothing: the reason is printed. */
  failed: 11,
  /** 128 + SIGINT. */
  interrupted: 130,
} as const

/** Something the user can mend: printed as a sentence, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly exitCode: number

  constructor(message: string, exitCode: number = exitCodes.usage, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.exitCode = exitCode
  }
}
