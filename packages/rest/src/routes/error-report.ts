/** Error reports: what satellites could not do, with the command and what it said, and our own faults. */
import { nameKey } from '@varve/events'
import { z } from 'zod'
import { deleted, nothingToDelete } from '../answer/say.ts'
import { int, text } from '../body/lenient.ts'
import type { Call } from '../call.ts'
import type { ErrorReport } from '../report/book.ts'
import { lookAtAll } from '../report/look.ts'
import { change, json, noBody, type Route, read } from '../route.ts'
import { errorReportView } from '../views/error-report.ts'

const path = '/v1/error-reports'
const noun = 'error report'
/** LINSTOR's, where nothing else is asked for. */
const mostReports = 1000

/** Newest first; of the past those that had come by then. */
export function reportsIn({ world, asked }: Call): ErrorReport[] {
  if (!world.isPast) lookAtAll(world, asked.reports)
  return asked.reports.list().filter(({ firstAt }) => firstAt <= world.now)
}

const since = int.optional()
const Filter = z.strictObject({
  since,
  to: since,
  nodes: z.array(text).optional(),
  exception: text.optional(),
  version: text.optional(),
  ids: z.array(text).optional(),
})

export const errorReportRoutes: readonly Route[] = [
  read(path, 'What failed, newest first, also when it is over', (call) => {
    const { query } = call.asked
    const nodes = query.names('node')
    const [from, to] = [query.count('since') ?? 0, query.count('to') ?? Number.MAX_SAFE_INTEGER]
    const rows = reportsIn(call).filter(
      ({ node, lastAt, firstAt }) =>
        (nodes?.has(nameKey(node)) ?? true) && lastAt >= from && firstAt <= to,
    )
    const shown = rows.slice(0, query.count('limit') || mostReports)
    return json(shown.map((row) => view(call, row, query.flag('withContent'))))
  }),
  read(`${path}/{reportid}`, 'One of them, as a list of one', (call) => {
    const row = reportOf(call, call.params.reportid)
    if (row) return json([view(call, row, call.asked.query.flag('withContent', true))])
    // LINSTOR has no code for it; any of "not found" makes it a 404.
    call.fail('FAIL_NOT_FOUND_NODE', `There is no error report '${call.params.reportid}'.`)
    return undefined
  }),
  change(
    {
      method: 'PATCH',
      path,
      on: ['delete', 'none'],
      summary: 'Delete error reports: all that fit to every field that is given',
      body: Filter,
    },
    async (call) => {
      const { ids, nodes, since: from = 0, to = Number.MAX_SAFE_INTEGER, exception } = call.body
      const version = call.body.version ?? ownVersion(call)
      const wantedIds = ids?.length ? new Set(ids.map(idOf)) : undefined
      const wantedNodes = nodes?.length ? new Set(nodes.map(nameKey)) : undefined
      if (!mayDelete(call)) return
      const count = call.asked.reports.remove(
        (row) =>
          (wantedIds?.has(row.id) ?? true) &&
          (wantedNodes?.has(nameKey(row.node)) ?? true) &&
          row.lastAt >= from &&
          row.firstAt <= to &&
          (exception === undefined || exception === row.fingerprint) &&
          version === ownVersion(call),
      )
      call.say({ code: 'DELETED', message: `${count} error reports are deleted.` })
    },
  ),
  change(
    {
      method: 'DELETE',
      path: `${path}/{reportid}`,
      on: ['delete', 'none'],
      summary: 'Delete an error report',
      body: noBody,
    },
    async (call) => {
      const { reportid } = call.params
      if (!mayDelete(call)) return
      const count = call.asked.reports.remove(({ id }) => id === idOf(reportid))
      const say = count === 0 ? nothingToDelete : deleted
      call.say(say(noun, reportid, {}))
    },
  ),
]

const view = (call: Call, row: ErrorReport, withContent: boolean) =>
  errorReportView(row, withContent, ownVersion(call))

const ownVersion = ({ world }: Call) => world.controller?.version ?? ''

/** Clients name a report by its id or by its file. */
const idOf = (given: string) => given.toUpperCase().replace(/^ERRORREPORT-|\.LOG$/g, '')

function reportOf(call: Call, id: string): ErrorReport | undefined {
  return reportsIn(call).find((report) => report.id === idOf(id))
}

/** They are in no log, so no command says who may. */
function mayDelete(call: Call): boolean {
  const { role = 'admin' } = call.asked.identity ?? {}
  if (role === 'admin' || role === 'operator') return true
  call.fail('FAIL_ACC_DENIED_COMMAND', `The token is that of a ${role}, who may not do that.`)
  return false
}
