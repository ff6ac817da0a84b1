/** Checks the hash chain of the log: each block carries the SHA-256 of the bytes before it. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { linesIn } from '@varve/controller/lines'
import { genesis, streams } from '@varve/events'
import { z } from 'zod'
import { exitCodes, type Session, UserError } from '../session.ts'

const Head = z.looseObject({ prev: z.string(), term: z.int() })

export type Verified =
  | { readonly ok: true; readonly blocks: number; readonly hash: string; readonly term: number }
  | { readonly ok: false; readonly block: number; readonly problem: string }

/** `blocks`: the bytes of each block in order, from the first on. */
export async function verifyChain(
  blocks: AsyncIterable<string>,
  onProgress: (blocks: number) => void = () => {},
): Promise<Verified> {
  let hash = genesis
  let term = 0
  let count = 0
  for await (const text of blocks) {
    count += 1
    const problem = problemOf(text, hash, term)
    if ('problem' in problem) return { ok: false, block: count, ...problem }
    term = problem.term
    hash = createHash('sha256').update(text).digest('hex')
    if (count % 1000 === 0) onProgress(count)
  }
  return { ok: true, blocks: count, hash, term }
}

function problemOf(
  text: string,
  expected: string,
  term: number,
): { readonly problem: string } | { readonly term: number } {
  const head = Head.safeParse(parseJson(text))
  if (!head.success) return { problem: 'it is not a block' }
  if (head.data.prev !== expected) {
    return { problem: `it follows ${head.data.prev}, but the block before it has ${expected}` }
  }
  if (head.data.term < term) return { problem: `its term ${head.data.term} is below ${term}` }
  return { term: head.data.term }
}

export async function verify(session: Session, journal: string | undefined): Promise<number> {
  const told = (blocks: number) => session.progress(`${blocks} blocks checked`)
  const source = journal === undefined ? streamBlocks(session) : journalBlocks(journal)
  const verified = await verifyChain(source, told)
  session.progress('')
  if (session.options.output === 'json') session.print(JSON.stringify(verified, null, 2))
  else if (verified.ok) {
    session.print(`All ${verified.blocks} blocks are chained; the last hash is ${verified.hash}.`)
  } else {
    session.printError(`The chain breaks at block ${verified.block}: ${verified.problem}.`)
  }
  return verified.ok ? exitCodes.done : exitCodes.bug
}

/** The journal has one block a line. The file is read only, a torn last line shows as a break. */
async function* journalBlocks(path: string): AsyncGenerator<string> {
  try {
    // Not by readline: it also takes U+2028 for the end of a line, which JSON leaves as it is.
    for await (const line of linesIn(createReadStream(path))) yield line.toString()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new UserError(`The journal cannot be read: ${why}`, exitCodes.usage, cause)
  }
}

const StreamInfo = z.looseObject({ state: z.looseObject({ last_seq: z.int() }) })
const StoredMessage = z.looseObject({ message: z.looseObject({ data: z.string() }) })

/** Straight from JetStream, past the controllers: needs the right to read the stream. */
export async function* streamBlocks(session: Session): AsyncGenerator<string> {
  const client = await session.client()
  const info = StreamInfo.safeParse(
    parseJson(await client.jetStream(`STREAM.INFO.${streams.log}`, '')),
  )
  if (!info.success) throw new UserError(`The stream ${streams.log} cannot be read.`)
  for (let seq = 1; seq <= info.data.state.last_seq; seq += 1) {
    session.signal.throwIfAborted()
    const text = await client.jetStream(`STREAM.MSG.GET.${streams.log}`, JSON.stringify({ seq }))
    const found = StoredMessage.safeParse(parseJson(text))
    if (!found.success) throw new UserError(`Block ${seq} of the stream cannot be read.`)
    yield Buffer.from(found.data.message.data, 'base64').toString()
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
