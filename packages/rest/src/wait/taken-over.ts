/** Waits until the nodes have taken over what a request has changed of them: properties, options. */
import { changeSettled } from '@varve/projections'
import type { Entry } from '../answer/entry.ts'
import type { Call, Done } from '../call.ts'
import { notYet } from './operation.ts'
import { type Standing, waitUntil } from './until.ts'

/**
 * True: all nodes that it concerns have it; what concerns none (`Aux/…`) is true at once. Otherwise
 * a warning was said that names who has not. `definition`: all that changed belongs to it.
 */
export async function changeIsTakenOver(
  call: Call,
  { sequence, unchanged }: Done,
  about: { readonly definition?: string; readonly what: string; readonly refs: Entry['refs'] },
): Promise<boolean> {
  if (unchanged === true) return true
  const standing = await waitUntil(call, about, async (world): Promise<Standing> => {
    const { isSettled, isBlocked, waiting } = await changeSettled(world, sequence, about.definition)
    return isSettled ? { done: true } : { done: false, isHopeless: isBlocked, waiting }
  })
  if (standing.done) return true
  call.say(notYet(about.what, standing, about.refs))
  return false
}
