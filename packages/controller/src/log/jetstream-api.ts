/**
 * The few JetStream requests that decisions depend on, asked directly: the client library has its
 * own opinion on what to try again, and we need the server's error codes. (It is as fast: both take
 * the time of the server's sync.) Only the stream's leader answers them.
 */

import { JetStreamApiError } from '@nats-io/jetstream'
import { errors, headers } from '@nats-io/transport-node'
import type { StoredBlock } from './port.ts'

/** One NATS request; the test suite passes one that loses answers. */
export type Request = (
  subject: string,
  payload: Uint8Array | string,
  options: { timeout: number; headers?: ReturnType<typeof headers> },
) => Promise<{ data: Uint8Array }>

/** What became of a publication that had a condition. */
export type Published =
  | { kind: 'stored'; sequence: number }
  /** The condition does not hold; `last` is the sequence that the server names. */
  | { kind: 'wrong-sequence'; last: number }
  /** No answer, or none that can be believed: it may be stored or not. */
  | { kind: 'unclear'; cause: unknown }

/** JetStream's error codes. */
const wrongLastSequence = 10071
/** Another write to the subject is under way in a replicated stream; ours is not stored. */
const writeUnderWay = 10164
const noMessageFound = 10037
/** Fewer servers have met than are to keep copies: a cluster that is just starting. */
const noPeers = 10005
/** For what nobody's command waits for. */
const manageMs = 5_000

/**
 * Publishes with conditions (`guards`, by header name). Throws when the server refuses for a
 * reason that does not pass.
 */
export async function publish(
  request: Request,
  subject: string,
  bytes: Uint8Array,
  { guards, timeoutMs }: { guards: Record<string, string>; timeoutMs: number },
): Promise<Published> {
  const guard = headers()
  for (const [name, value] of Object.entries(guards)) guard.set(name, value)
  let answer: ApiAnswer
  try {
    answer = parseAnswer(await request(subject, bytes, { timeout: timeoutMs, headers: guard }))
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
  const isBusy = error === undefined || error.err_code === writeUnderWay
  if (isBusy || isPassing(refusal)) return { kind: 'unclear', cause: refusal }
  throw refusal
}

/**
 * Reads one message by its sequence, or the last one of a subject, from the stream's leader.
 * Nothing there is an ordinary answer; everything else throws.
 */
export async function readMessage(
  request: Request,
  stream: string,
  which: { seq: number } | { last_by_subj: string },
  timeoutMs: number,
): Promise<StoredBlock | undefined> {
  const subject = `$JS.API.STREAM.MSG.GET.${stream}`
  const answer = parseAnswer(await request(subject, JSON.stringify(which), { timeout: timeoutMs }))
  if (answer.error?.err_code === noMessageFound) return undefined
  const { message } = answer
  if (message === undefined) throw new RefusedByServer(answer)
  return { sequence: message.seq, bytes: Buffer.from(message.data ?? '', 'base64') }
}

/** Number of the stream's last message, and how many messages it has. */
export async function extentOf(
  request: Request,
  stream: string,
): Promise<{ last: number; messages: number }> {
  const { state } = await ask(request, `$JS.API.STREAM.INFO.${stream}`, '')
  return { last: state?.last_seq ?? 0, messages: state?.messages ?? 0 }
}

/** Clears what is stored under a subject, or under all that it stands for. */
export async function purge(request: Request, stream: string, filter: string): Promise<void> {
  await ask(request, `$JS.API.STREAM.PURGE.${stream}`, JSON.stringify({ filter }))
}

async function ask(request: Request, subject: string, payload: string): Promise<ApiAnswer> {
  const answer = parseAnswer(await request(subject, payload, { timeout: manageMs }))
  if (answer.error) throw new RefusedByServer(answer)
  return answer
}

type ApiAnswer = {
  seq?: number
  error?: { code: number; err_code?: number; description?: string }
  message?: { seq: number; data?: string }
  state?: { last_seq: number; messages: number }
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

/** What a request ends with that nobody has answered in time. */
export const silence = () => new errors.TimeoutError()
/** What it ends with where nobody listens: servers that elect, a stream without a leader. */
export const nobodyThere = (subject: string) => new errors.NoRespondersError(subject)

/** Silence, nobody there (an election), or busy: asking again can help. */
export function isPassing(error: unknown): boolean {
  if (error instanceof RefusedByServer) return error.code === 503 || error.code === 408
  if (error instanceof JetStreamApiError) return error.status === 503 || error.code === noPeers
  if (!(error instanceof Error)) return false
  if (error instanceof errors.TimeoutError) return true
  if (error instanceof errors.NoRespondersError) return true
  return error.cause !== undefined && isPassing(error.cause)
}
