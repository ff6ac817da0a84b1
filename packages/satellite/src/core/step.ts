/** What the satellite can do to the machine, as plain data: planned by pure code, run by apply.ts. */
import type { StepProblem } from '@varve/events'
import type { KernelChange } from './kernel-change.ts'

type Common = {
  /** Short name, shown in failures: `lvcreate`, `adjust`. */
  readonly name: string
  /** A sentence for logs and for `varve … --plan`. */
  readonly why: string
  /** Also run when a step before it did not succeed, or the satellite stops; never as the first. */
  readonly finally?: true
}

/** A secret as the document has it, and what it was sealed for. */
export type SealedInput = { readonly sealed: string; readonly context: string }

export type RunStep = Common & {
  readonly kind: 'run'
  readonly argv: readonly string[]
  readonly timeoutMs: number
  /** Given to standard input once it is opened with this node's key; never printed or logged. */
  readonly stdin?: SealedInput
  /** Several of them, a line each: for a tool that asks for an old and a new one. */
  readonly stdinLines?: readonly SealedInput[]
  /** Its exit code is logged only: a later step or the next inventory tells whether it mattered. */
  readonly mayFail?: true
  /** A pattern that its output must have: else it has failed, whatever its exit code says. */
  readonly expects?: string
  /** What kind of trouble it is when it does not. */
  readonly problem?: StepProblem
  /** The data that stays closed when its output is not as expected: see `Inventory.bereft`. */
  readonly shuts?: string
  /** What it means that it failed, where the tool itself may not say a word. */
  readonly meaning?: string
  /** Done when the command has failed for certain (not when it timed out). */
  readonly undo?: readonly Step[]
  /** Tried so often again when it fails, with a pause in between. */
  readonly retries?: { readonly times: number; readonly pauseMs: number }
}

/**
 * Makes a file system where right before nothing at all is found. Where something is, that is as
 * good: nothing is made, and the volume counts as having its file system.
 */
export type MakeStep = Common & {
  readonly kind: 'make'
  readonly argv: readonly string[]
  readonly device: string
  /** What must be found on it afterwards. */
  readonly type: string
  /** Remembered by the reconciler once something is there: see `Inventory.formatted`. */
  readonly key: string
  /** What to install where there is no such tool. */
  readonly package: string
  readonly timeoutMs: number
  /** XFS: what tells that one which was never finished is ours, and may be made again. */
  readonly uuid?: string
  /** Why it may only be looked at: then it is a failure that nothing is found. */
  readonly inUse?: string
}

/** Fails unless right now nothing at all is found on the device and nobody has it open. */
export type VacantStep = Common & { readonly kind: 'vacant'; readonly device: string }

/** Fails while anybody has the device mounted or claimed; reads and writes nothing of it. */
export type UnusedStep = Common & { readonly kind: 'unused'; readonly device: string }

/**
 * Fails while anybody has the device, or when something on it reaches behind so many KiB, or may do
 * so: what is found there and whose end cannot be told.
 */
export type FitsStep = Common & {
  readonly kind: 'fits'
  readonly device: string
  readonly sizeKib: number
}

/** Changes what the kernel shows as files below /sys. */
export type KernelStep = Common & {
  readonly kind: 'kernel'
  readonly change: KernelChange
  /** The next look tells whether it mattered. */
  readonly mayFail?: true
}

/** A secret that stands in a file: its place, and where it comes from. */
export type Veil = {
  readonly placeholder: string
  readonly fingerprint: string
  readonly context: string
  /** Files that may have it already. */
  readonly known: readonly string[]
  readonly sealed?: string
  /** Why it is not in the document: then only a file that has it already can give it. */
  readonly unavailable?: string
}

export type WriteStep = Common & {
  readonly kind: 'write'
  readonly path: string
  readonly text: string
  readonly veil?: Veil
  /** As an undo: what the failed command said is added to the last line. */
  readonly addsFailure?: true
}

export type FileStep = WriteStep | (Common & { readonly kind: 'remove'; readonly path: string })

export type Step = RunStep | MakeStep | VacantStep | UnusedStep | FitsStep | KernelStep | FileStep

/** How long tools may take before they are killed in steps; all in milliseconds. */
export const timeouts = {
  /** LINSTOR's own limit for any command (reference 1). */
  normal: 45_000,
  /** Zeroes or allocates whole devices: bounded only so that a dead disk is noticed. */
  bulk: 30 * 60_000,
} as const

export function run(
  name: string,
  argv: readonly string[],
  why: string,
  extra: Partial<
    Pick<
      RunStep,
      | 'stdin'
      | 'stdinLines'
      | 'timeoutMs'
      | 'mayFail'
      | 'expects'
      | 'problem'
      | 'shuts'
      | 'meaning'
      | 'undo'
      | 'retries'
    >
  > = {},
): RunStep {
  return { kind: 'run', name, argv, why, timeoutMs: timeouts.normal, ...extra }
}

export function write(path: string, text: string, why: string, veil?: Veil): WriteStep {
  return { kind: 'write', name: 'write file', path, text, why, ...(veil ? { veil } : {}) }
}

export function kernel(
  change: KernelChange,
  why: string,
  extra: Pick<KernelStep, 'mayFail'> = {},
): KernelStep {
  return { kind: 'kernel', name: `${change.op} ${lastWord(change.path)}`, change, why, ...extra }
}

const lastWord = (path: string) => path.slice(path.lastIndexOf('/') + 1)

export function unused(device: string, why: string): UnusedStep {
  return { kind: 'unused', name: 'unused', device, why }
}

export function fits(device: string, sizeKib: number, why: string): FitsStep {
  return { kind: 'fits', name: 'fits', device, sizeKib, why }
}

export function remove(path: string, why: string): FileStep {
  return { kind: 'remove', name: 'remove file', path, why }
}

/** A step as a command line that a person can read: also the argv of a StepFailure. */
export function stepArgv(step: Step): readonly string[] {
  if (step.kind === 'vacant' || step.kind === 'unused') return [step.kind, step.device]
  if (step.kind === 'fits') return [step.kind, step.device, `${step.sizeKib}`]
  if (step.kind === 'kernel') {
    const { change } = step
    const rest = 'text' in change ? [change.text] : 'to' in change ? [change.to] : []
    return [change.op, change.path, ...rest]
  }
  return 'argv' in step ? step.argv : [step.kind, step.path]
}
