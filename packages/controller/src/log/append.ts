/**
 * Appending one block to the stream, and finding out what became of it. Safe to do again at any
 * time: the expected sequence lets at most one block become the next, and ours is always the same
 * bytes. Only the stream's leader is asked, never a replica that may be behind.
 */

import type { Clock } from '../lead/port.ts'
import { isPassing, type Published, publish, type Request, readMessage } from './jetstream-api.ts'
import { type AppendOptions, type AppendResult, AppendUnclear } from './port.ts'

type AppendTarget = { request: Request; clock: Clock; stream: string; subject: string }

/** One try. A healthy server answers within a millisecond, a replicated one in a few. */
export const attemptMs = 2_000
/** A replicated stream needs 4 to 9 seconds to elect a leader. */
const deadlineDefaultMs = 15_000
const pauseMs = 50

/** See `LogStream.append`. */
export async function appendBlock(
  target: AppendTarget,
  bytes: Uint8Array,
  expected: number,
  options: AppendOptions = {},
): Promise<AppendResult> {
  const deadline = target.clock.now() + (options.deadlineMs ?? deadlineDefaultMs)
  const sequence = expected + 1
  const guards = {
    'Nats-Expected-Last-Sequence': String(expected),
    'Nats-Expected-Stream': target.stream,
  }
  for (;;) {
    const { request, subject } = target
    const answer = await publish(request, subject, bytes, { guards, timeoutMs: attemptMs })
    if (answer.kind === 'stored') {
      if (answer.sequence === sequence) return answer
      throw new Error(`block ${sequence} was stored as ${answer.sequence}`)
    }
    // The stream itself is the only judge of a refusal (it may be the answer to our second try,
    // while the first had won) and of silence (only the answer may be lost).
    const verdict = await judge(target, bytes, sequence, answer)
    if (verdict.kind !== 'unclear') return verdict
    if (target.clock.now() > deadline || options.signal?.aborted) {
      throw new AppendUnclear(sequence, verdict.cause)
    }
    await target.clock.sleep(pauseMs)
  }
}

async function judge(
  { request, stream }: AppendTarget,
  bytes: Uint8Array,
  sequence: number,
  answer: Exclude<Published, { kind: 'stored' }>,
): Promise<AppendResult | { kind: 'unclear'; cause: unknown }> {
  let there: { bytes: Uint8Array } | undefined
  try {
    there = await readMessage(request, stream, { seq: sequence }, attemptMs)
  } catch (cause) {
    if (isPassing(cause)) return { kind: 'unclear', cause }
    throw cause
  }
  if (there !== undefined) {
    if (Buffer.compare(there.bytes, bytes) === 0) return { kind: 'stored', sequence }
    return { kind: 'deposed', sequence, found: there.bytes }
  }
  if (answer.kind === 'unclear') return answer
  // The stream ends before the block that ours follows: it lost its tail, and we must refold.
  if (answer.last < sequence - 1) return { kind: 'deposed', sequence, found: undefined }
  return { kind: 'unclear', cause: new Error(`the stream says it ends at ${answer.last}`) }
}
