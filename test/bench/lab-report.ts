/** docs/performance-lab.md: the figures of `./dev bench lab`. */
import { cpus, loadavg } from 'node:os'
import { suspensionLimitMs } from '@varve/events'
import type { Measured } from './lab.ts'
import type { Cuts } from './lab-cut.ts'

const seconds = (ms: number) => (ms / 1000).toFixed(ms < 10_000 ? 2 : 1)
const percent = (share: number) => `${Math.round(100 * share)} %`

export function pageOf({ at, pairs, resting, cuts }: Measured): string {
  const looks = resting.looks.map(({ ms }) => ms)
  const plans = resting.looks.map(({ planMs }) => planMs)
  return `# Performance on real kernels

Written by \`./dev bench lab --write\`; do not edit. Nodes are user-mode Linux (6.1, LVM 2.03.16, DRBD
8.4.11), all on this machine, where a process costs about ten times what it costs on a server: read the
shares and the ratios, not the seconds.

Measured ${at.toISOString().slice(0, 10)} on ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}.

## ${resting.count} resources with nothing to do

Thin volumes without DRBD on one node. Every document comes anew, and nothing has to be done for any.

| what | aim | measured |
|---|---|---|
| one look at the machine, longest of ${looks.length} | ≤ 2 s | ${seconds(Math.max(...looks))} s |
| planning after it, longest | | ${seconds(Math.max(...plans))} s |
| processes per look, everything else on the node included | a handful | ${resting.processes.toFixed(1)} |

## One snapshot of ${cuts.count} pairs

${cutsOf(cuts)}

## ${pairs[0]?.count ?? 0} new pairs

Spawned one after the other, two replicas of 8 MiB each on thin LVM under DRBD, until the last one is
settled. Shares are of the time of node n1: some step runs in a tool; none does, but the machine
is looked at (tools, too); neither: that is ours, waiting included.

| at a time | total | per pair | in steps | in looks | ours | looks |
|---|---|---|---|---|---|---|
${pairs.map(rowOf).join('\n')}

${pairs.map(stepsOf).join('\n\n')}
`
}

function rowOf(batch: Measured['pairs'][number]): string {
  const { parallel, totalMs, count, stepShare, lookShare, looks } = batch
  const ours = percent(1 - stepShare - lookShare)
  return `| ${parallel} | ${seconds(totalMs)} s | ${seconds(totalMs / count)} s | ${percent(stepShare)} | ${percent(lookShare)} | ${ours} | ${looks} |`
}

function stepsOf({ parallel, steps }: Measured['pairs'][number]): string {
  const rows = steps.map(
    ({ step, times, ms }) =>
      `| ${step} | ${times} | ${seconds(ms)} s | ${Math.round(ms / times)} ms |`,
  )
  return `Steps on n1, ${parallel} at a time:\n\n| step | times | together | each |\n|---|---|---|---|\n${rows.join('\n')}`
}

/** A cut that takes too long is given up, and nothing stays held: it has no figures. */
function cutsOf({ cuts, late }: Cuts): string {
  const rows = cuts.map(
    ({ heldMs, slowestMs }) =>
      `| ${seconds(heldMs)} s | ${seconds(slowestMs)} s | ${seconds(heldMs - slowestMs)} s |`,
  )
  const head =
    "| held, from the first to the last | the slowest node's own snapshots | beyond them |\n|---|---|---|"
  const given =
    late === 0 ? '' : ` ${late} of ${late + cuts.length} took longer than that and were given up.`
  return `Thin LVM under DRBD 8.4 on two nodes, all in one cut, which may hold input and output for
${suspensionLimitMs / 1000} s at most.${given}\n\n${rows.length === 0 ? '' : [head, ...rows].join('\n')}`
}
