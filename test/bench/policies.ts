/** What the watching policies cost a leader with 10,000 definitions of three replicas each. */
import { Agenda } from '@varve/controller/core'
import type { Entry } from '@varve/events'
import { gib, TestCluster } from '@varve/testing'
import { type Figure, figure } from './figure.ts'

const definitions = 10_000
const nodes = 10
const reports = 500
const ticks = 100_000
const runs = 5

export async function policyFigures(): Promise<Figure[]> {
  const cluster = grown()
  const { state, observed } = cluster
  const agenda = new Agenda(state)
  // Everything has been looked at once, as by a leader a minute after its start.
  while (agenda.isDue(cluster.now)) agenda.take({ state, observed, now: cluster.now })
  return [
    figure({
      what: `policies: processor time per changed report, ${definitions} × 3`,
      unit: 'ms',
      aim: 50,
      reached: 'at-most',
      runs: measured(() => changedReports(cluster, agenda)).map((ms) => ms / reports),
    }),
    figure({
      what: 'policies: processor time of a tick in which nothing has changed',
      unit: 'us',
      aim: 1,
      reached: 'at-most',
      runs: measured(() => {
        for (let tick = 0; tick < ticks; tick += 1) agenda.isDue(cluster.now)
      }).map((ms) => (ms * 1000) / ticks),
    }),
  ]
}

/** A disk fails and comes back, again and again: each is one entry, judged at once. */
function changedReports(cluster: TestCluster, agenda: Agenda): void {
  const { state, observed } = cluster
  for (let report = 0; report < reports; report += 1) {
    const definition = `r${(report * 17) % definitions}`
    const [node = ''] = state.resources.by('definition', definition).map((row) => row.node)
    const disk = report % 2 === 0 ? ('Inconsistent' as const) : ('UpToDate' as const)
    const seen = { number: 0, disk, backingKib: 2 * gib, deviceKib: gib }
    const known = cluster.entries.length
    cluster.deploy(definition, node, { volumes: [seen] })
    for (const entry of cluster.entries.slice(known)) judge(entry)
  }
  function judge(entry: Entry): void {
    agenda.note(state, entry)
    while (agenda.isDue(cluster.now)) agenda.take({ state, observed, now: cluster.now })
  }
}

function grown(): TestCluster {
  const cluster = new TestCluster()
  for (let index = 1; index <= nodes; index += 1) cluster.node(`n${index}`, { freeKib: 2 ** 40 })
  cluster.must('controller.modify', { setProps: { TcpPortAutoRange: '7000-65000' } })
  const filter = { placeCount: 3 }
  cluster.must('resource-group.create', { group: 'fast', filter })
  for (let index = 0; index < definitions; index += 1) {
    const definition = `r${index}`
    cluster.must('resource-group.spawn', { group: 'fast', definition, sizesKib: [gib] })
    for (const { node } of cluster.state.resources.by('definition', definition)) {
      cluster.deploy(definition, node)
    }
  }
  return cluster
}

/** Milliseconds of processor time of each run but the first, which compiles. */
function measured(act: () => void): number[] {
  const times = Array.from({ length: runs + 1 }, () => {
    const before = process.cpuUsage()
    act()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
  })
  return times.slice(1)
}
