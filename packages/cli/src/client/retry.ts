/**
 * One question, asked until somebody answers: the same bytes each time, so that a command whose
 * answer was lost is answered again and not carried out twice (its id decides).
 */
import { setTimeout as sleep } from 'node:timers/promises'

export type Attempt<R> =
  | { readonly kind: 'answered'; readonly reply: R }
  /** Nobody listens: there is no leader just now, or no controller at all. */
  | { readonly kind: 'nobody' }
  /** Asked, but not answered in time: whether it was done is unknown. */
  | { readonly kind: 'silent' }
  /** Answered with "not me" or "not now". */
  | { readonly kind: 'not-now'; readonly reply: R }

export type Asked<R> =
  | { readonly ok: true; readonly reply: R }
  | { readonly ok: false; readonly last: 'nobody' | 'silent'; readonly tries: number }

export type RetryOptions = {
  /** How long to go on, from now, ms. */
  readonly deadlineMs: number
  /** How long one attempt may take, ms. */
  readonly attemptMs: number
  readonly signal: AbortSignal
  /** Told before each pause, for whoever watches. */
  readonly onRetry?: (last: 'nobody' | 'silent' | 'not-now') => void
}

const firstPauseMs = 100
const longestPauseMs = 2000
/** Where nobody listens, asking costs nothing, and a new leader is there in a second or two. */
const longestPauseForNobodyMs = 250

/** Throws only when `signal` ends it; a deadline that passes is an answer of its own. */
export async function askUntilAnswered<R>(
  ask: (attemptMs: number) => Promise<Attempt<R>>,
  { deadlineMs, attemptMs, signal, onRetry }: RetryOptions,
): Promise<Asked<R>> {
  const end = performance.now() + deadlineMs
  let pauseMs = firstPauseMs
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted()
    const left = Math.max(1, end - performance.now())
    const attempt = await ask(Math.min(attemptMs, left))
    if (attempt.kind === 'answered') return { ok: true, reply: attempt.reply }
    if (performance.now() + pauseMs >= end) {
      // A controller that says "not now" to the end has at least said why.
      if (attempt.kind === 'not-now') return { ok: true, reply: attempt.reply }
      return { ok: false, last: attempt.kind, tries }
    }
    onRetry?.(attempt.kind)
    await sleep(pauseMs, undefined, { signal })
    const longest = attempt.kind === 'nobody' ? longestPauseForNobodyMs : longestPauseMs
    pauseMs = Math.min(pauseMs * 2, longest)
  }
}
