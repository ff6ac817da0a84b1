/** The options of drbdsetup, and the dump with which events2 begins. */
import { optionTable, readOptions } from '../tool.ts'
import { existsLine, showAll, timestamp } from './events.ts'
import type { DrbdKernel, EventOptions } from './model.ts'

export const setupOptions = optionTable(
  '--json',
  '--verbose',
  '--statistics',
  '--now',
  '--timestamps',
  '--full',
  '--poll',
  '--force',
  '--color=',
  '--diskless',
  '--clear-bitmap',
  '--assume-clean',
  '--discard-my-data',
  '--show-defaults',
  '--wfc-timeout=',
  '--degr-wfc-timeout=',
  '--outdated-wfc-timeout=',
  '--wait-after-sb=',
  '--size=',
)

export type Parsed = ReturnType<typeof readOptions>

export function eventOptions(options: Parsed, words: readonly string[]): EventOptions {
  const [name] = words
  return {
    statistics: options.values.has('--statistics'),
    full: options.values.has('--full'),
    timestamps: options.values.has('--timestamps'),
    ...(name === undefined || name === 'all' ? {} : { resource: name }),
  }
}

/** The dump that events2 begins with, `exists -` at its end. */
export function initialEvents(kernel: DrbdKernel, options: EventOptions): string[] {
  const stamp = options.timestamps ? `${timestamp(kernel.machine.shared.clock.now())} ` : ''
  const lines: string[] = []
  for (const resource of kernel.resources.values()) {
    if (options.resource !== undefined && options.resource !== resource.name) continue
    for (const shown of showAll(resource))
      lines.push(`${stamp}${existsLine('exists', shown, options)}`)
  }
  return [...lines, `${stamp}exists -`]
}

export const followOptions = (
  args: readonly string[],
): { options: EventOptions; now: boolean; unknown: string | undefined } => {
  const parsed = readOptions(args, setupOptions)
  return {
    options: eventOptions(parsed, parsed.words),
    now: parsed.values.has('--now'),
    unknown: parsed.unknown,
  }
}
