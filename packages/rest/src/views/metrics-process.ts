/** What Prometheus is told of the process that answers: requests, failures, memory and processor time. */
import type { ErrorReport } from '../report/book.ts'
import type { Tally } from '../tally.ts'
import { metricHead, sampleLine } from './metric-lines.ts'

/** Read at the edge, when somebody asks. */
export type Usage = {
  readonly cpuSeconds: number
  readonly residentBytes: number
  /** Seconds since epoch. */
  readonly startedAt: number
}

export function* processLines(of: {
  readonly tally: Tally
  readonly usage: Usage
  /** Undefined: nobody asked for them. */
  readonly reports: readonly ErrorReport[] | undefined
}): Generator<string> {
  const { tally, usage, reports } = of
  if (reports) yield* reportLines(reports)
  const { count, lastSeconds } = tally.scrapes
  yield* single('linstor_scrape_requests_count', 'gauge', 'Scrapes before this one.', count)
  yield* single('linstor_scrape_duration_seconds', 'gauge', 'Of the one before this.', lastSeconds)
  yield* requestLines(tally)
  const { cpuSeconds, residentBytes, startedAt } = usage
  yield* single('process_cpu_seconds_total', 'counter', 'Processor time.', cpuSeconds)
  yield* single('process_resident_memory_bytes', 'gauge', 'Resident memory.', residentBytes)
  yield* single('process_start_time_seconds', 'gauge', 'Start, seconds since epoch.', startedAt)
}

function* single(
  name: string,
  type: 'gauge' | 'counter',
  help: string,
  value: number,
): Generator<string> {
  yield metricHead(name, type, help)
  yield sampleLine(name, [{}, value])
}

function* reportLines(reports: readonly ErrorReport[]): Generator<string> {
  const name = 'linstor_error_reports_count'
  const counts = new Map<string, number>()
  for (const { node, module } of reports) {
    const key = JSON.stringify([node, module])
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  yield metricHead(name, 'gauge', 'Error reports that are kept.')
  for (const [key, count] of counts) {
    const [hostname, module] = JSON.parse(key) as [string, string]
    yield sampleLine(name, [{ hostname, module }, count])
  }
}

function* requestLines(tally: Tally): Generator<string> {
  const name = 'linstor_restapi_request_duration_seconds'
  yield metricHead(name, 'histogram', 'Time until requests were answered.')
  for (const { call, buckets, count, seconds } of tally.rows()) {
    for (const [le, within] of buckets) {
      yield sampleLine(`${name}_bucket`, [{ apicall: call, le }, within])
    }
    yield sampleLine(`${name}_sum`, [{ apicall: call }, seconds])
    yield sampleLine(`${name}_count`, [{ apicall: call }, count])
  }
}
