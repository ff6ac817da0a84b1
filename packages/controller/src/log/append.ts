/**
 * Appending one block to the stream, and finding out what became of it. Safe to do again at any
 * time: the expected sequence lets at most one block become the next, and ours is always the same
 * bytes. Only the stream's leader is asked, never a replica that may be behind.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { headers } from '@nats-io/transport-node'
import {
  type AppendOptions,
  type AppendResult,
  AppendUnclear,
  type Deposed,
  type StoredBlock,
} from './port.ts'

/** One NATS request; the test suite passes one that loses answers. */
export type Request = (
  subject: string,
  payload: Uint8Array | string,
  options: { timeout: number; headers?: ReturnType<typeof headers> },
) => Promise<{ data: Uint8Array }>

export type AppendTarget = { request: Request; stream: string; subject: string }

/** One try. A healthy server answers within a millisecond, a replicated one in a few. */
const attemptMs = 2_000
/** A replicated stream needs 4 to 9 seconds to elect a leader. */
const deadlineDefaultMs = 15_000
const pauseMs = 50

/** JetStream's error codes. */
const wrongLastSequence = 10071
const noMessageFound = 10037

/** What one try told us. */
type Attempt =
  | { kind: 'stored'; sequence: number }
  | { kind: 'wrong-sequence'; last: number }
  | { kind: 'unclear'; cause: unknown }

/** See `LogStream.append`. */
export async function appendBlock(
  target: AppendTarget,
  bytes: Uint8Array,
  expected: number,
  options: AppendOptions = {},
): Promise<AppendResult> {
  const deadline = performance.now() + (options.deadlineMs ?? deadlineDefaultMs)
  const sequence = expected + 1
  for (;;) {
    const answer = await attempt(target, bytes, expected)
    if (answer.kind === 'stored') {
      if (answer.sequence === sequence) return answer
      throw new Error(`block ${sequence} was stored as ${answer.sequence}`)
    }
    // The stream itself is the only judge of a refusal (it may be the answer to our second try,
    // while the first had won) and of silence (only the answer may be lost).
    const verdict = await judge(target, bytes, sequence, answer)
    if (verdict.kind !== 'unclear') return verdict
    if (performance.now() > deadline || options.signal?.aborted) {
      throw new AppendUnclear(sequence, verdict.cause)
    }
    await sleep(pauseMs)
  }
}

async function judge(
  target: AppendTarget,
  bytes: Uint8Array,
  sequence: number,
  answer: Exclude<Attempt, { kind: 'stored' }>,
): Promise<AppendResult | { kind: 'unclear'; cause: unknown }> {
  let there: StoredBlock | undefined
  try {
    there = await blockAt(target, { seq: sequence })
  } catch (cause) {
    if (isPassing(cause)) return { kind: 'unclear', cause }
    throw cause
  }
  if (there !== undefined) {
    if (Buffer.compare(there.bytes, bytes) === 0) return { kind: 'stored', sequence }
    return { kind: 'deposed', sequence, found: there.bytes } satisfies Deposed
  }
  if (answer.kind === 'unclear') return answer
  // The stream ends before the block that ours follows: it lost its tail, and we must refold.
  if (answer.last < sequence - 1) return { kind: 'deposed', sequence, found: undefined }
  return { kind: 'unclear', cause: new Error(`the stream says it ends at ${answer.last}`) }
}

async function attempt(
  { request, stream, subject }: AppendTarget,
  bytes: Uint8Array,
  expected: number,
): Promise<Attempt> {
  const guard = headers()
  guard.set('Nats-Expected-Last-Sequence', String(expected))
  guard.set('Nats-Expected-Stream', stream)
  let answer: ApiAnswer
  try {
    answer = parseAnswer(await request(subject, bytes, { timeout: attemptMs, headers: guard }))
  } catch (cause) {
    if (isPassing(cause)) return { kind: 'unclear', cause }
    throw cause
  }
  const { error, seq } = answer
  // Servers have been seen to answer 0 for what they did not store.
  if (error === undefined && seq) return { kind: 'stored', sequence: seq }
  if (error?.err_code === wrongLastSequence) {
    const last = /(\d+)\s*$/.exec(error.description ?? '')?.[1]
    if (last !== undefined) return { kind: 'wrong-sequence', last: Number(last) }
  }
  const refusal = new RefusedByServer(answer)
  if (isPassing(refusal) || error === undefined) return { kind: 'unclear', cause: refusal }
  throw refusal
}

/**
 * Reads one message by its sequence, or the last one of a subject, from the stream's leader.
 * Nothing there is an ordinary answer; everything else throws.
 */
export async function blockAt(
  { request, stream }: AppendTarget,
  which: { seq: number } | { last_by_subj: string },
): Promise<StoredBlock | undefined> {
  const subject = `$JS.API.STREAM.MSG.GET.${stream}`
  const answer = parseAnswer(await request(subject, JSON.stringify(which), { timeout: attemptMs }))
  if (answer.error?.err_code === noMessageFound) return undefined
  const { message } = answer
  if (message === undefined) throw new RefusedByServer(answer)
  return { sequence: message.seq, bytes: Buffer.from(message.data ?? '', 'base64') }
}

type ApiAnswer = {
  seq?: number
  error?: { code: number; err_code?: number; description?: string }
  message?: { seq: number; data?: string }
}

function parseAnswer({ data }: { data: Uint8Array }): ApiAnswer {
  // The server's own form, stable since 2.2; what we use of it is checked where it is used.
  return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.length).toString()) as ApiAnswer
}

class RefusedByServer extends Error {
  readonly code: number

  constructor({ error }: ApiAnswer) {
    super(`JetStream refused: ${error?.description ?? 'no sequence'} (${error?.err_code ?? 0})`)
    this.code = error?.code ?? 0
  }
}

/** Silence, nobody there (an election), or busy: asking again can help. */
export function isPassing(error: unknown): boolean {
  if (error instanceof RefusedByServer) return error.code === 503 || error.code === 408
  if (!(error instanceof Error)) return false
  if (['TimeoutError', 'NoRespondersError'].includes(error.name)) return true
  return error.cause !== undefined && isPassing(error.cause)
}
