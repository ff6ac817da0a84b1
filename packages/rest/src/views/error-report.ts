/** Steps that satellites could not do, as LINSTOR's error reports. One is over with its cause. */
import { hash } from 'node:crypto'
import { isLive, type Resource, type StepFailure } from '@varve/events'
import { failureText, type World } from '@varve/projections'

export type ErrorReport = {
  readonly node: string
  readonly at: number
  readonly id: string
  readonly summary: string
  readonly text: string
}

/** Newest first. The same failure has the same id each time it is asked for. */
export function errorReports({ state, observed }: World): ErrorReport[] {
  return [...state.resources.values()]
    .flatMap((row) => {
      const seen = isLive(row) ? observed.resource(row.definition, row.node) : undefined
      return seen?.failure ? [reportOf(row, seen.failure, seen.attempts ?? 1)] : []
    })
    .sort((a, b) => b.at - a.at || (a.id < b.id ? -1 : 1))
}

export function errorReportView(report: ErrorReport, withContent: boolean): object {
  return {
    node_name: report.node,
    error_time: report.at,
    filename: `ErrorReport-${report.id}.log`,
    module: 'SATELLITE',
    exception_message: report.summary,
    ...(withContent ? { text: report.text } : {}),
  }
}

function reportOf(row: Resource, failure: StepFailure, attempts: number): ErrorReport {
  const { definition, node, origin } = row
  const summary = failureText(failure)
  return {
    node,
    at: failure.at,
    id: idOf(node, `${origin.entry}/${failure.step}`),
    summary,
    text: [
      `Resource ${definition} on node ${node}: ${failure.step}`,
      `Time:     ${new Date(failure.at).toISOString()}`,
      `Attempts: ${attempts}`,
      `Command:  ${failure.argv.join(' ')}`,
      `Outcome:  ${failure.timedOut ? 'timed out' : `exit status ${failure.exitCode ?? 'none'}`}`,
      ...(failure.problem === undefined ? [] : [`Problem:  ${failure.problem}`]),
      'Output:',
      failure.stderr,
    ].join('\n'),
  }
}

/** LINSTOR's form: instance and node in hexadecimal digits, then a number. */
function idOf(node: string, cause: string): string {
  const [of, on] = [hash('md5', cause), hash('md5', node.toLowerCase())]
  const number = Number.parseInt(of.slice(8, 13), 16) % 1_000_000
  return `${of.slice(0, 8)}-${on.slice(0, 5)}-${String(number).padStart(6, '0')}`.toUpperCase()
}
