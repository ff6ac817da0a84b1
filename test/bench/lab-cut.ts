/** For how long one cut through several pairs holds their input and output, on real kernels. */

import { type LabSystem, mib } from '../lab/system.ts'
import { snapshotsOf } from '../lab/take.ts'
import { until } from '../system/harness.ts'
import { type LogLine, linesOf, type Span, spanOf } from './lab-log.ts'
import { allSettled, startMeasured } from './lab-start.ts'

export type Cut = {
  /** From the first `suspend-io` on any node to the end of the last `resume-io`. */
  readonly heldMs: number
  /** Of the node that is slowest: from its first `lvcreate --snapshot` to the end of its last. */
  readonly slowestMs: number
}

export type Cuts = { readonly count: number; readonly cuts: readonly Cut[]; readonly late: number }

const rounds = 3

/** `count` pairs, a few cuts; one that takes longer than the limit of a suspension is counted as late. */
export async function measureCuts(count: number): Promise<Cuts> {
  await using system = await startMeasured(2, [])
  await system.must('resource-group.create', { group: 'pair', filter: { placeCount: 2 } })
  await system.must('volume-group.create', { group: 'pair' })
  const names = Array.from({ length: count }, (_, index) => `r${index}`)
  for (const definition of names) {
    await system.must('resource-group.spawn', { group: 'pair', definition, sizesKib: [8 * mib] })
  }
  await allSettled(system, names)
  const cuts: Cut[] = []
  let late = 0
  for (let round = 0; round < rounds; round += 1) {
    const from = lengths(system)
    const isReady = await take(system, names, `s${round}`)
    if (isReady) cuts.push(cutOf(nodesOf(system).map((node, at) => node.slice(from[at]))))
    else late += 1
    await allSettled(system, names)
  }
  return { count, cuts, late }
}

const nodesOf = (system: LabSystem): LogLine[][] =>
  [...system.cluster.satellites.values()].map((satellite) => linesOf(satellite))

const lengths = (system: LabSystem) => nodesOf(system).map((lines) => lines.length)

async function take(
  system: LabSystem,
  definitions: readonly string[],
  snapshot: string,
): Promise<boolean> {
  const snapshots = definitions.map((definition) => ({ definition, snapshot }))
  await system.must('snapshot.create-multiple', { snapshots })
  const ends = new Set<string>()
  for (const definition of definitions) {
    const end = await until(
      `${definition} has it, or it has failed`,
      async () => {
        const row = (await snapshotsOf(system, definition)).find(({ name }) => name === snapshot)
        return row?.status === 'ready' || row?.status === 'failed' ? row.status : undefined
      },
      60_000,
    )
    ends.add(end)
  }
  return !ends.has('failed')
}

/** Nodes' clocks are the machine's own: user-mode Linux reads it. */
function cutOf(nodes: readonly (readonly LogLine[])[]): Cut {
  const spans = (is: (line: LogLine) => boolean) => (lines: readonly LogLine[]) =>
    lines.filter((line) => line.msg === 'step done' && is(line)).map(spanOf)
  const held = nodes.flatMap(spans(({ step }) => step === 'suspend-io'))
  const lifted = nodes.flatMap(spans(({ step }) => step === 'resume-io'))
  const own = nodes.map(spans(({ argv }) => argv?.includes('--snapshot') ?? false))
  return {
    heldMs: length([...held, ...lifted]),
    slowestMs: Math.max(...own.map(length)),
  }
}

const length = (spans: readonly Span[]) =>
  Math.max(...spans.map(({ to }) => to)) - Math.min(...spans.map(({ from }) => from))
