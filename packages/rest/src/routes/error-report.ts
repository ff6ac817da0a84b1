/** Error reports: what satellites could not do, with the command and what it said. */
import { nameKey } from '@varve/events'
import { z } from 'zod'
import { notSupported } from '../answer/say.ts'
import { int, text } from '../body/lenient.ts'
import { change, json, noBody, type Route, read } from '../route.ts'
import { errorReports, errorReportView } from '../views/error-report.ts'

const path = '/v1/error-reports'
/** LINSTOR's, where nothing else is asked for. */
const mostReports = 1000

export const errorReportRoutes: readonly Route[] = [
  read(
    path,
    'Failures of satellites that are not over, newest first',
    (call) => {
      const { query } = call.asked
      const nodes = query.names('node')
      const [since, to] = [query.count('since') ?? 0, query.count('to') ?? Number.MAX_SAFE_INTEGER]
      const rows = errorReports(call.world).filter(
        ({ node, at }) => (nodes?.has(nameKey(node)) ?? true) && at >= since && at <= to,
      )
      const shown = rows.slice(0, query.count('limit') || mostReports)
      return json(shown.map((row) => errorReportView(row, query.flag('withContent'))))
    },
    { missing: 'failures that are over, and faults of the controller: they are in its own log' },
  ),
  read(`${path}/{reportid}`, 'One of them, as a list of one', (call) => {
    const id = call.params.reportid.toUpperCase()
    const row = errorReports(call.world).find((report) => report.id === id)
    if (row) return json([errorReportView(row, call.asked.query.flag('withContent', true))])
    // LINSTOR has no code for it; any of "not found" makes it a 404.
    call.fail('FAIL_NOT_FOUND_NODE', `There is no error report '${id}', or its cause is gone.`)
    return undefined
  }),
  change(
    {
      method: 'PATCH',
      path,
      on: ['delete', 'none'],
      summary: 'Delete error reports',
      refused: true,
      body: z.strictObject({
        since: int.optional(),
        to: int.optional(),
        nodes: z.array(text).optional(),
        exception: text.optional(),
        version: text.optional(),
        ids: z.array(text).optional(),
      }),
    },
    async (call) => call.say(notSupported('Deleting error reports', 'Each ends with its cause.')),
  ),
  change(
    {
      method: 'DELETE',
      path: `${path}/{reportid}`,
      on: ['delete', 'none'],
      summary: 'Delete an error report',
      refused: true,
      body: noBody,
    },
    async (call) => call.say(notSupported('Deleting error reports', 'Each ends with its cause.')),
  ),
]
