/** What Prometheus scrapes, under LINSTOR's names, and where it finds the satellites' own. */
import type { Call } from '../call.ts'
import { json, type Route, read } from '../route.ts'
import { metricLines } from '../views/metrics.ts'
import { processLines, type Usage } from '../views/metrics-process.ts'
import { activeInterface } from '../views/node.ts'
import { reportsIn } from './error-report.ts'

/** Where drbd-reactor tells what DRBD does. */
const reactorPort = 9942

/** The process has no past, so it is told of now alone. */
function* allLines(call: Call): Generator<string> {
  const { query, tally } = call.asked
  const began = performance.now()
  yield* metricLines(call.world, {
    resources: query.flag('resource', true),
    pools: query.flag('storage_pools', true),
  })
  if (call.world.isPast) return
  const reports = query.flag('error_reports', true) ? reportsIn(call) : undefined
  yield* processLines({ tally, usage: usage(), reports })
  tally.noteScrape((performance.now() - began) / 1000)
}

function usage(): Usage {
  const { user, system } = process.cpuUsage()
  return {
    cpuSeconds: (user + system) / 1e6,
    residentBytes: process.memoryUsage.rss(),
    startedAt: performance.timeOrigin / 1000,
  }
}

export const metricsRoutes: readonly Route[] = [
  read('/metrics', 'Metrics for Prometheus', (call) => {
    return {
      kind: 'lines',
      lines: allLines(call),
      type: 'text/plain; version=0.0.4; charset=utf-8',
    }
  }),
  read('/metrics/scrape-target', 'Where Prometheus finds drbd-reactor', (call) => {
    const nodes = [...call.world.state.nodes.values()]
    const targets = nodes
      .filter(({ kind }) => kind === 'Satellite' || kind === 'Combined')
      .flatMap((node) => activeInterface(node)?.address ?? [])
      .map((address) => `${address.includes(':') ? `[${address}]` : address}:${reactorPort}`)
    return json([{ targets }])
  }),
]
