/** docs/performance.md: the table, and how it was measured. */
import { cpus, loadavg, totalmem } from 'node:os'
import { findNatsServer } from '@varve/controller'
import { type Figure, tableOf } from './figure.ts'

export async function documentOf(figures: readonly Figure[]): Promise<string> {
  return `# Performance

Written by \`./dev bench --write\`; do not edit. Times depend on the machine and on what else it does,
so read the ratios: the skeleton ran in between, on the same machine, in the same minutes.

${await machineLine()}

${tableOf(figures)}

## How it is measured

- **Runs.** Each figure is the median of three runs, unless it says otherwise. A warm-up before the
  first run is not counted.
- **Skeleton.** The bare log (\`test/bench/log.ts\`): the same NATS server with \`sync_interval: always\`,
  the same journal, blocks and request/reply, but an entry of a fixed text with five events, no
  rules, no state, no documents. Its rounds and ours take turns. "Ratio aimed at" is the aim by
  the skeleton's value on an idle machine of two cores: 29,000/s, p99 8.5 ms, 0.32 ms alone, and
  950,000 events/s.
- **Fold.** A journal of 10,000 spawns with their policies' entries and the reports of 30,000
  replicas, read from the start into an empty state. The skeleton parses entries and counts events.
- **Durable commands.** Clients and controller share one process and its one core, the server is a
  child process. Each command is decided, placed among ten nodes with the explanation stored, goes
  synced into stream and journal, and makes three documents for satellites. Processor time is that
  of the process per command: on a busy machine it says more than a rate.
- **Until applied.** The controller in this process, ten satellites and their simulated machines in
  another: from the request to the third satellite's report that its document is in force.
- **Controller of 10,000 definitions.** \`varve run controller\` as a process of its own with an
  embedded server, started on that same journal. A start ends with the first command answered.
  Lists are \`resources\` queries; all of them are 30 pages of 1,000, asked when the new leader has
  published all documents: in the second or two before they take two to three times as long.
  Memory is VmRSS after them.
- **REST.** \`varve run rest\` as a process of its own beside that controller, which has the changes: clients
  in the benchmark's process, over HTTP with connections that are kept. All of a view is judged by
  the processor time of the process that serves it. Of the mixed load a fifth writes a key into a store, the
  others read resources, volumes and pools. Memory is VmRSS after the views. The state has no reports
  of satellites in it. A spawn over REST is one of its own: the controller with its API in the benchmark's process,
  ten satellites and their simulated machines in another, one client; an answer counts only when it
  says that all replicas are there, connected, and known to the log.
- **The server that leads the log killed as well.** Three servers and three controllers on this machine. NATS has
  elected when each of the streams of log, lease and documents has a leader again, as a client sees it that asks all
  the time; the command is sent again until it is acknowledged.
- **A whole system simulated.** Simulated time by processor time, after a while of rest: see \`./dev sim --whole\`.
- **A snapshot of many.** From the first \`suspend-io\` on any node to the end of the last
  \`resume-io\`, less the time in which the slowest node takes its own ten, of which each
  \`lvcreate\` is made to take 60 ms. Controller, satellites and machines share one process.
- **Planning.** Five rounds over replicas under DRBD whose documents are all new and true already:
  planning, reports and drift; the processor time of the process. All else of a round is tools.
- **Satellite.** \`varve run satellite\` as a process of its own, its machine simulated in another.
  Memory is VmRSS 15 seconds after the last resource was applied; before that, some 10 MiB more.
  Processes are counted between two looks when there is nothing to do.
- **Memory and starts are those of the bundle** that \`./dev build\` makes and that operators run, with
  the settings of its start file (\`infra/packaging\`), built afresh for the benchmark. The other
  figures run from the sources, in this process.
`
}

async function machineLine(): Promise<string> {
  const nats = await findNatsServer({ env: process.env, log: () => undefined })
  const [load = 0] = loadavg()
  const gib = Math.round(totalmem() / 1024 ** 3)
  const day = new Date().toISOString().slice(0, 10)
  return (
    `Measured ${day} on ${cpus().length} cores (${cpus()[0]?.model.trim()}), ${gib} GiB, ` +
    `load ${load.toFixed(1)} with the benchmark itself, Node ${process.version.slice(1)}, ` +
    `nats-server ${nats.version}.`
  )
}
