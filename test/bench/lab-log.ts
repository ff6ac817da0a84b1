/** What a satellite's log says of its time: when tools ran, how often it looked, what is left. */
import type { Running } from '../../infra/lab/index.ts'

export type LogLine = {
  /** Milliseconds since epoch, when it was written. */
  readonly time: number
  readonly msg: string
  readonly ms?: number
  readonly planMs?: number
  readonly documents?: number
  readonly step?: string
  readonly argv?: readonly string[]
}

export type Look = { readonly ms: number; readonly planMs: number; readonly documents: number }

export type Batch = {
  readonly count: number
  /** From the first command until the last pair is settled on both nodes. */
  readonly totalMs: number
  /** Of the node's time: while some tool ran for a step, or else a look at the machine. */
  readonly stepShare: number
  readonly lookShare: number
  /** Seconds of all steps of a name together, longest first; several run at the same time. */
  readonly steps: readonly { readonly step: string; readonly times: number; readonly ms: number }[]
  readonly looks: number
}

export function linesOf(satellite: Running | undefined): LogLine[] {
  return (satellite?.output() ?? '').split('\n').flatMap((line) => {
    // A line that is not whole yet, or is no JSON, is none.
    if (!line.startsWith('{') || !line.endsWith('}')) return []
    return [JSON.parse(line) as LogLine]
  })
}

export function looksOf(lines: readonly LogLine[]): Look[] {
  return lines.flatMap(({ msg, ms, planMs, documents }) =>
    msg !== 'looked at the machine' || ms === undefined
      ? []
      : [{ ms, planMs: planMs ?? 0, documents: documents ?? 0 }],
  )
}

export type Span = { readonly from: number; readonly to: number }

export function batchOf(
  lines: readonly LogLine[],
  { count, totalMs }: Pick<Batch, 'count' | 'totalMs'>,
): Batch {
  const steps = lines.filter(({ msg }) => msg === 'step done' || msg === 'step did not succeed')
  const looks = lines.filter(({ msg }) => msg === 'looked at the machine')
  const inSteps = covered(steps.map(spanOf))
  const inTools = covered([...steps, ...looks].map(spanOf))
  return {
    count,
    totalMs,
    stepShare: inSteps / totalMs,
    lookShare: (inTools - inSteps) / totalMs,
    steps: byName(steps),
    looks: looks.length,
  }
}

export const spanOf = ({ time, ms = 0 }: LogLine): Span => ({ from: time - ms, to: time })

/** Milliseconds in which at least one of them runs. */
function covered(spans: readonly Span[]): number {
  let sum = 0
  let until = Number.NEGATIVE_INFINITY
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    sum += Math.max(0, to - Math.max(from, until))
    until = Math.max(until, to)
  }
  return sum
}

function byName(steps: readonly LogLine[]): Batch['steps'] {
  const sums = new Map<string, { times: number; ms: number }>()
  for (const { step = '?', ms = 0 } of steps) {
    const sum = sums.get(step) ?? { times: 0, ms: 0 }
    sums.set(step, { times: sum.times + 1, ms: sum.ms + ms })
  }
  return [...sums].map(([step, sum]) => ({ step, ...sum })).toSorted((a, b) => b.ms - a.ms)
}
