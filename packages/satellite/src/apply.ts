/** Runs the steps of one plan, one after the other, until one does not succeed. */
import type { StepFailure, StepProblem } from '@varve/events'
import { problemIn } from './core/problem.ts'
import {
  type FileStep,
  type FitsStep,
  type MakeStep,
  type RunStep,
  type Step,
  stepArgv,
  type VacantStep,
} from './core/step.ts'
import { fitProblem } from './devices/fit.ts'
import { vacancyProblem } from './devices/vacant.ts'
import { makeFileSystem } from './format/make.ts'
import type { CommandResult, Host } from './host/host.ts'
import type { Clock, Log } from './ports.ts'
import type { NodeKey } from './secrets/node-key.ts'
import { findSecret, hideSecrets } from './secrets/veil.ts'
import { oneLine } from './snapshots/marker.ts'
import { problemOf } from './storage/look.ts'

export type Outcome =
  | { readonly kind: 'done' }
  /** It certainly did not work. */
  | { readonly kind: 'failed'; readonly failure: StepFailure; readonly shuts?: string }
  /** Killed at its time limit: only the next inventory can tell what it did. */
  | { readonly kind: 'unknown'; readonly failure: StepFailure; readonly isAlive?: true }
  /** The satellite is stopping; the rest was not begun. */
  | { readonly kind: 'stopped' }

export type ApplyOptions = {
  readonly host: Host
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** Opens a secret that was sealed to this node; undefined when its key does not fit. */
  readonly unseal?: NodeKey['unseal']
}

/**
 * A running command is never interrupted by a stop, since half a step is worse than a late end.
 * An undo is written only when the command has failed for certain.
 */
export async function runSteps(
  resource: string,
  steps: readonly Step[],
  options: ApplyOptions,
): Promise<Outcome> {
  let ended: Outcome | undefined
  for (const [at, step] of steps.entries()) {
    if (options.signal.aborted) ended ??= { kind: 'stopped' }
    if (ended && at === 0) break
    if (ended && !step.finally) continue
    const started = options.clock.now()
    const outcome = await runStep(step, options)
    const ms = options.clock.now() - started
    const fields = { resource, step: step.name, why: step.why, argv: stepArgv(step), ms }
    if (outcome.kind === 'done') options.log.info(fields, 'step done')
    else {
      options.log.warn({ ...fields, outcome }, 'step did not succeed')
      ended ??= outcome
      // What comes after a command that was to end something would say that it has ended.
      if (step.finally && step.kind === 'run') break
    }
  }
  return ended ?? { kind: 'done' }
}

async function runStep(step: Step, options: ApplyOptions): Promise<Outcome> {
  if (step.kind === 'make') return make(step, options)
  if (step.kind === 'vacant') return requireVacant(step, options)
  if (step.kind === 'unused') {
    return attempt(step, options, () => options.host.claim(step.device), 'device-busy')
  }
  if (step.kind === 'fits') return requireFit(step, options)
  if (step.kind === 'kernel') {
    const outcome = await attempt(step, options, () => options.host.changeKernel(step.change))
    return outcome.kind === 'failed' && step.mayFail ? tolerated(outcome.failure, options) : outcome
  }
  if (step.kind !== 'run') return changeFile(step, options)
  const { times, pauseMs } = step.retries ?? { times: 0, pauseMs: 0 }
  for (let left = times; ; left -= 1) {
    const outcome = await runCommand(step, options)
    if (outcome.kind !== 'failed' || left === 0 || options.signal.aborted) {
      return outcome.kind === 'failed' && step.mayFail
        ? tolerated(outcome.failure, options)
        : outcome
    }
    await options.clock.sleep(pauseMs)
  }
}

function tolerated(failure: StepFailure, { log }: ApplyOptions): Outcome {
  log.info({ failure }, 'step failed, which it may')
  return { kind: 'done' }
}

async function make(step: MakeStep, { host, clock, log }: ApplyOptions): Promise<Outcome> {
  const made = await makeFileSystem(step, host)
  if (made.kind === 'problem') {
    const failure = { step: step.name, ...made.failure, at: clock.now() }
    return { kind: failure.timedOut ? 'unknown' : 'failed', failure }
  }
  if (made.kind === 'found') {
    const { device } = step
    log.info({ device, types: made.types }, 'something is on the device already: it is left alone')
  }
  return { kind: 'done' }
}

function requireVacant(step: VacantStep, options: ApplyOptions): Promise<Outcome> {
  return attempt(step, options, async () => {
    const problem = await vacancyProblem(step.device, options.host)
    if (problem !== undefined) throw new Error(problem)
  })
}

async function requireFit(step: FitsStep, options: ApplyOptions): Promise<Outcome> {
  const { device, sizeKib } = step
  const free = await attempt(step, options, () => options.host.claim(device), 'device-busy')
  if (free.kind !== 'done') return free
  return attempt(step, options, async () => {
    const problem = await fitProblem(device, sizeKib, options.host)
    if (problem !== undefined) throw new Error(problem)
  })
}

async function runCommand(step: RunStep, options: ApplyOptions): Promise<Outcome> {
  const { timeoutMs } = step
  const input = inputOf(step, options)
  if (!input) return { kind: 'failed', failure: unopened(step, options) }
  const result = await options.host.run(step.argv, { timeoutMs, ...input })
  const isExpected = step.expects === undefined || new RegExp(step.expects).test(result.stdout)
  if (result.exitCode === 0 && isExpected) return { kind: 'done' }
  const words = result.exitCode === 0 ? step.meaning : wordsOf(result)
  const said = words ?? step.meaning ?? problemOf(result)
  const problem = (result.exitCode === 0 ? step.problem : undefined) ?? problemIn(said, result)
  const failure: StepFailure = {
    step: step.name,
    argv: [...step.argv],
    ...(result.exitCode === undefined ? {} : { exitCode: result.exitCode }),
    ...(result.timedOut ? { timedOut: true } : {}),
    stderr: tail(hideSecrets(said)),
    ...(problem === undefined ? {} : { problem }),
    at: options.clock.now(),
  }
  if (result.isAlive) return { kind: 'unknown', failure, isAlive: true }
  if (result.timedOut) return { kind: 'unknown', failure }
  if (step.mayFail) return { kind: 'failed', failure }
  for (const undo of step.undo ?? []) {
    options.log.info({ step: step.name, argv: stepArgv(undo), why: undo.why }, 'step undone')
    await runStep(withFailure(undo, failure), options)
  }
  const isShut = result.exitCode === 0 && step.shuts !== undefined
  return { kind: 'failed', failure, ...(isShut ? { shuts: step.shuts } : {}) }
}

/** What the tool reads on standard input; undefined: a secret of it does not open here. */
function inputOf(
  { stdin, stdinLines = [] }: RunStep,
  { unseal }: ApplyOptions,
): { readonly stdin?: string } | undefined {
  const sealed = stdin ? [stdin] : stdinLines
  const opened = sealed.flatMap(({ sealed: box, context }) => unseal?.(box, context) ?? [])
  if (opened.length < sealed.length) return undefined
  if (opened.length === 0) return {}
  return { stdin: stdin ? (opened[0] ?? '') : opened.map((line) => `${line}\n`).join('') }
}

/** The next document is sealed to the key that this satellite has told, so this mends itself. */
function unopened(step: RunStep, { clock }: ApplyOptions): StepFailure {
  const stderr = `its key is ${sealedToAnother}`
  return { step: step.name, argv: [...step.argv], stderr, at: clock.now() }
}

const sealedToAnother =
  'sealed to another key than this node has now: the controller seals it anew as soon as it has heard of the new one (if not, restart the satellite)'

function wordsOf(result: CommandResult): string | undefined {
  return result.stderr.trim() || result.stdout.trim() || undefined
}

function withFailure(step: Step, { stderr }: StepFailure): Step {
  if (step.kind !== 'write' || !step.addsFailure) return step
  return { ...step, text: `${step.text.trimEnd()}: ${oneLine(stderr)}\n` }
}

function changeFile(step: FileStep, options: ApplyOptions): Promise<Outcome> {
  return attempt(step, options, async () => {
    if (step.kind === 'write') {
      await options.host.writeFile(step.path, await unveiled(step, options))
    } else await options.host.removeFile(step.path)
  })
}

/** What needs no tool: it has failed when it throws, for what it says. */
async function attempt(
  step: Step,
  { clock }: ApplyOptions,
  act: () => Promise<void>,
  problem?: StepProblem,
): Promise<Outcome> {
  try {
    await act()
    return { kind: 'done' }
  } catch (error) {
    const stderr = error instanceof Error ? error.message : String(error)
    const why = problem === undefined ? {} : { problem }
    const argv = [...stepArgv(step)]
    return {
      kind: 'failed',
      failure: { step: step.name, argv, stderr, ...why, at: clock.now() },
    }
  }
}

/** The text as it is to stand in the file, its secret put in; throws a sentence when it has none. */
async function unveiled(
  { text, veil }: Extract<FileStep, { kind: 'write' }>,
  { host, unseal }: ApplyOptions,
): Promise<string> {
  if (!veil || !text.includes(veil.placeholder)) return text
  const { placeholder, fingerprint, sealed, context } = veil
  const opened = sealed === undefined ? undefined : unseal?.(sealed, context)
  const files = await Promise.all(veil.known.map((path) => host.readFile(path)))
  const secret = opened ?? findSecret(files.join('\n'), fingerprint)
  if (secret === undefined) {
    throw new Error(`its shared secret is not to be had: ${veil.unavailable ?? sealedToAnother}`)
  }
  return text.replaceAll(placeholder, () => secret)
}

/** Errors are at the end; a report must stay small. */
function tail(text: string): string {
  return text.length > 4_000 ? `…${text.slice(-4_000)}` : text
}
