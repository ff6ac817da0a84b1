/** Steps that hold input and output of a resource, and let them go on. */
import { type FileStep, remove, run, type Step, type WriteStep, write } from '../core/step.ts'
import { type Suspension, suspensionPath, suspensionText } from './marker.ts'

/** Much less than the limit of a suspension, so that its end is seen within it. */
const suspendMs = 4_000

/**
 * By minor and not by name: drbdadm reads all configuration, and one bad file of anybody must not
 * keep input and output from going on. On 8.4 and 9 alike one minor speaks for its resource.
 */
export const resumeArgv = (minor: number) => ['drbdsetup', 'resume-io', String(minor)]

/** `mayFail` where the guard (guard.ts) sees to it in the end. */
export function resume(held: Suspension, why: string, mayFail = false): Step[] {
  return held.minors.map((minor) =>
    run('resume-io', resumeArgv(minor), why, mayFail ? { mayFail } : {}),
  )
}

export function mark(suspension: Suspension, why: string): WriteStep {
  return write(suspensionPath(suspension), suspensionText(suspension), why)
}

export function unmark(suspension: Suspension, why: string): FileStep {
  return remove(suspensionPath(suspension), why)
}

/** The marker is there before anything is held: whoever finds it knows what to lift. */
export function suspend(suspension: Suspension, isMarked: boolean): Step[] {
  const { resource, snapshot } = suspension
  const why = `input and output of ${resource} are held for the snapshot ${snapshot}`
  return [
    ...(isMarked ? [] : [mark(suspension, why)]),
    run('suspend-io', ['drbdadm', 'suspend-io', resource], why, {
      timeoutMs: suspendMs,
      undo: giveUp(suspension, 'input and output could not be held'),
    }),
  ]
}

/** What a failed step leads to: input and output go on first, then the failure is told. */
export function giveUp(suspension: Suspension, problem: string): Step[] {
  const isHolding = suspension.minors.length > 0
  const state = isHolding ? 'lifting' : 'failed'
  const why = `the snapshot ${suspension.snapshot} has failed`
  return [
    { ...mark({ ...suspension, state, problem }, why), addsFailure: true },
    ...resume(suspension, why, true),
  ]
}
