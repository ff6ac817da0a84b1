/** Waits until the nodes have taken over what a request has changed of them: properties, options. */
import { setTimeout as delay } from 'node:timers/promises'
import { changeSettled } from '@varve/projections'
import type { Entry } from '../answer/entry.ts'
import { modified } from '../answer/say.ts'
import { type PropertyChanges, propertyEntries } from '../body/property-changes.ts'
import type { Call, Done } from '../call.ts'
import { notYet } from './operation.ts'
import { type Standing, waitUntil } from './until.ts'

const pauseMs = 100

/**
 * True: all nodes that it concerns have it; what concerns none (`Aux/…`) is true at once. Otherwise
 * a warning was said that names who has not. `definition`: all that changed belongs to it.
 */
async function changeIsTakenOver(
  call: Call,
  { sequence, unchanged }: Done,
  about: { readonly definition?: string; readonly what: string; readonly refs: Entry['refs'] },
): Promise<boolean> {
  if (unchanged === true) return true
  let looks = 0
  const standing = await waitUntil(call, about, async (world): Promise<Standing> => {
    // Of all resources each look is a question about all documents, and something moves all the time.
    if (about.definition === undefined && looks > 0) await delay(pauseMs)
    looks += 1
    const { isSettled, isBlocked, waiting } = await changeSettled(world, sequence, about.definition)
    return isSettled ? { done: true } : { done: false, isHopeless: isBlocked, waiting }
  })
  if (standing.done) return true
  call.say(notYet(about.what, standing, about.refs))
  return false
}

/** Says what was changed, and waits until the nodes that it concerns have it. */
export async function sayChanged(
  call: Call,
  done: Done,
  {
    noun,
    name,
    refs,
    given = {},
    definition,
  }: {
    readonly noun: string
    readonly name: string
    readonly refs: NonNullable<Entry['refs']>
    readonly given?: PropertyChanges
    /** All that changed belongs to it. */
    readonly definition?: string
  },
): Promise<void> {
  call.say(...propertyEntries(given), modified(noun, name, refs))
  const what = `The change of ${noun} '${name}'`
  const of = definition === undefined ? {} : { definition }
  await changeIsTakenOver(call, done, { ...of, what, refs })
}
