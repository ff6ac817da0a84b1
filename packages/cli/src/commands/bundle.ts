/** `varve bundle FILE`: the whole log in one file, from the stream or from a journal. */
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { exitCodes, type Session, type Task, UserError } from '../session.ts'
import { version } from './run/version.ts'
import { streamBlocks } from './verify.ts'

type Options = { readonly journal?: string; readonly anonymise?: true }

export function configure(command: Command, _: unknown, run: (task: Task) => void): void {
  command
    .option('--journal <file>', 'of a controller’s journal instead of the stream')
    .option('--anonymise', 'other names, addresses and texts, and no keys; the form stays')
    .action((file: string, options: Options) => run((session) => bundle(session, file, options)))
}

async function bundle(session: Session, path: string, options: Options): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'varve-bundle-'))
  try {
    const journal = options.journal ?? (await fetchLog(session, join(directory, 'journal')))
    const { writeBundle } = await import('@varve/controller/bundle')
    const isAnonymised = options.anonymise === true
    const end = await writeBundle({
      path,
      journal,
      cluster: session.options.cluster,
      madeAt: Date.now(),
      versions: { varve: version, node: process.version },
      isAnonymised,
      onProgress: (blocks) => session.progress(`${blocks} blocks bundled`),
    }).catch(unusable)
    session.progress('')
    const isProven = options.journal === undefined && !isAnonymised
    const problem = isProven ? await doubt(session, end) : undefined
    if (problem !== undefined) session.printError(session.style('yellow', problem))
    if (session.options.output === 'json') session.print(JSON.stringify(end, null, 2))
    else session.print(`${path} has ${end.sequence} blocks; its state has hash ${end.stateHash}.`)
    if (!isAnonymised) {
      session.printError(
        'It has names, addresses and keys that the passphrase of the cluster closes: --anonymise leaves them out.',
      )
    }
    return problem === undefined ? exitCodes.done : exitCodes.failed
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** What a person can mend is told as a sentence: no such file, no room, a damaged journal. */
function unusable(cause: unknown): never {
  if (!(cause instanceof Error) || !('code' in cause || cause.name === 'JournalCorrupt')) {
    throw cause
  }
  throw new UserError(`No bundle was made: ${cause.message}.`, exitCodes.usage, cause)
}

async function fetchLog(session: Session, path: string): Promise<string> {
  async function* lines() {
    let count = 0
    for await (const block of streamBlocks(session)) {
      count += 1
      if (count % 1000 === 0) session.progress(`${count} blocks read`)
      yield `${block}\n`
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(path, { mode: 0o600 }))
  return path
}

/** The controller folds its own copy of the log: both have to come to the same. */
async function doubt(
  session: Session,
  end: { readonly sequence: number; readonly stateHash: string },
): Promise<string | undefined> {
  if (end.sequence === 0) return undefined
  const client = await session.client()
  const reply = await client.query('state-hash', { sequence: end.sequence })
  if (!reply.ok) return `The controller does not tell its hash: ${reply.refusal.message}`
  // The controller answers this query with exactly this.
  const { stateHash } = reply.data as { readonly stateHash: string }
  if (stateHash === end.stateHash) return undefined
  return `The controller has ${stateHash} for the same blocks: is it of another release than this command?`
}
