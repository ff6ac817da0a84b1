/** Waits for an operation of the cluster, and says who has not done its part. */
import { operationSettled } from '@varve/projections'
import type { Entry } from '../answer/entry.ts'
import type { Call, Done } from '../call.ts'
import { type Standing, waitUntil } from './until.ts'

/** True: it is over, or there was none. Otherwise a warning was said that names who it waits for. */
export async function operationIsOver(
  call: Call,
  { operation }: Done,
  about: { readonly definition?: string; readonly what: string; readonly refs: Entry['refs'] },
): Promise<boolean> {
  if (operation === undefined) return true
  const standing = await waitUntil(call, about, (world): Standing => {
    const { isSettled, isBlocked, waiting } = operationSettled(world, operation)
    return isSettled ? { done: true } : { done: false, isHopeless: isBlocked, waiting }
  })
  if (standing.done) return true
  call.say(notYet(about.what, standing, about.refs))
  return false
}

/** The warning of a request that was accepted and has not come true everywhere in time. */
export function notYet(
  what: string,
  standing: Extract<Standing, { done: false }>,
  refs: Entry['refs'],
): Entry {
  return {
    code: standing.isHopeless ? 'WARN_NOT_CONNECTED' : 'WARN_STLT_NOT_UPDATED',
    message: `${what} goes on: it is accepted, but not done everywhere yet.`,
    details: standing.waiting.join('\n'),
    correction: 'It ends by itself. See what it waits for: varve explain stuck',
    refs,
  }
}
