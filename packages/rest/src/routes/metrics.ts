/** What Prometheus scrapes, under LINSTOR's names, and where it finds the satellites' own. */
import { json, type Route, read } from '../route.ts'
import { metricLines } from '../views/metrics.ts'
import { activeInterface } from '../views/node.ts'

/** Where drbd-reactor tells what DRBD does. */
const reactorPort = 9942

export const metricsRoutes: readonly Route[] = [
  read('/metrics', 'Metrics for Prometheus', (call) => {
    const { query } = call.asked
    const lines = metricLines(call.world, {
      resources: query.flag('resource', true),
      pools: query.flag('storage_pools', true),
    })
    return { kind: 'lines', lines, type: 'text/plain; version=0.0.4; charset=utf-8' }
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
