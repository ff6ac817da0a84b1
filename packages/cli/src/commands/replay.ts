/** `varve replay FILE -- node list`: every read command on a bundle; without one, line by line. */
import { createInterface } from 'node:readline'
import type { Replay } from '@varve/controller/bundle'
import { streams } from '@varve/events'
import type { Command } from 'commander'
import type { Client } from '../client/client.ts'
import { type GlobalOptions, toNumber } from '../options.ts'
import { exitCodes, type Session, type Task, UserError } from '../session.ts'

export function configure(command: Command, _: unknown, run: (task: Task) => void): void {
  command
    .option('--until <sequence>', 'as if the log had ended with this block', toNumber)
    .action((file: string, words: readonly string[], { until }: { until?: number }) => {
      run((session) => replay(session, file, words, until))
    })
}

async function replay(
  session: Session,
  path: string,
  words: readonly string[],
  until: number | undefined,
): Promise<number> {
  await using opened = await open(path, until)
  return await (words.length > 0 ? perform(session, opened, words) : converse(session, opened))
}

/** What is wrong with the file is a sentence, not a fault of the program. */
async function open(path: string, until?: number): Promise<Replay> {
  const { BundleUnreadable, openReplay } = await import('@varve/controller/bundle')
  try {
    return await openReplay(path, until)
  } catch (cause) {
    if (!(cause instanceof BundleUnreadable)) throw cause
    throw new UserError(`${cause.message}.`, exitCodes.usage, cause)
  }
}

function perform(session: Session, opened: Replay, words: readonly string[]): Promise<number> {
  return session.runLine(words, async (options) => replayClient(opened, options))
}

/** The exit code of a file of commands is that of the last one. */
async function converse(session: Session, opened: Replay): Promise<number> {
  const { stdin, stderr } = process
  const lines = createInterface({ input: stdin, output: stderr, terminal: stdin.isTTY })
  lines.setPrompt(`varve@${opened.last.sequence}> `)
  // Of a file, all lines may have been read by the time that the first is done.
  const next = () => (stdin.isTTY ? lines.prompt() : undefined)
  if (stdin.isTTY) {
    session.printError('Commands that read, one a line (node list, history web); exit ends it.')
  }
  let code: number = exitCodes.done
  next()
  for await (const line of lines) {
    const words = wordsOf(line)
    if (words[0] === 'exit' || words[0] === 'quit') break
    if (words[0] === 'varve') words.shift()
    if (words.length > 0) code = await perform(session, opened, words)
    next()
  }
  return code
}

/** Words as a shell parts them; quotes keep blanks together. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  )
}

function replayClient(opened: Replay, { at }: GlobalOptions): Client {
  return {
    command: async () => {
      throw new UserError('This is a replay: it can be asked, and nothing in it can be changed.')
    },
    query: (noun, args = {}) => opened.ask(noun, args, at),
    watch: () => ({ next: async () => {}, stop: () => {} }),
    jetStream: (subject, payload) => streamAnswer(opened, subject, payload),
    close: async () => {},
  }
}

/** What JetStream answers of the log: `log verify` reads it past the controllers. */
async function streamAnswer(opened: Replay, subject: string, payload: string): Promise<string> {
  if (subject.endsWith(`INFO.${streams.log}`)) {
    return JSON.stringify({ state: { last_seq: opened.last.sequence } })
  }
  const { seq } = JSON.parse(payload) as { seq: number }
  const block = await opened.blockAt(seq)
  const data = block && Buffer.from(block.bytes).toString('base64')
  return JSON.stringify(data === undefined ? {} : { message: { data } })
}
