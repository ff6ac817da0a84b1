/** Error reports in LINSTOR's form. */
import type { ErrorReport } from '../report/book.ts'

export function errorReportView(report: ErrorReport, withContent: boolean, version = ''): object {
  return {
    node_name: report.node,
    error_time: report.lastAt,
    filename: `ErrorReport-${report.id}.log`,
    module: report.module,
    version,
    exception: report.fingerprint,
    exception_message: report.summary,
    ...(withContent ? { text: textOf(report) } : {}),
  }
}

function textOf(report: ErrorReport): string {
  const time = (at: number) => new Date(at).toISOString()
  return [
    report.operation,
    `Fingerprint: ${report.fingerprint}`,
    `Count:       ${report.count}`,
    `First:       ${time(report.firstAt)}`,
    `Last:        ${time(report.lastAt)}`,
    `Is over:     ${report.isOver ? 'yes' : 'no'}`,
    `Command:     ${report.command}`,
    `Outcome:     ${report.outcome}`,
    `Problem:     ${report.summary}`,
    'Output:',
    report.output,
  ].join('\n')
}
