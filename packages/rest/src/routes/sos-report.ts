/** SOS reports: what somebody who helps from afar asks for first, as one file. */
import { nameKey, resourcesOf } from '@varve/events'
import type { Call } from '../call.ts'
import { type Route, read } from '../route.ts'
import { type SosScope, sosFiles } from '../sos/report.ts'
import { tar } from '../sos/tar.ts'
import { reportsIn } from './error-report.ts'

const path = '/v1/sos-report'

export const sosReportRoutes: readonly Route[] = [
  read(
    path,
    'Make one, and leave it with the controller',
    async (call) => {
      const { keep } = call.asked.ports
      if (!keep) {
        const correction = `Download it: GET ${path}/download`
        const message = 'This process has no directory to leave it in.'
        call.say({ code: 'FAIL_INVLD_REQUEST', message, correction })
        return undefined
      }
      const at = await keep(nameOf(call), reportOf(call))
      call.say({
        code: 'CREATED',
        message: `SOS report created on the controller: ${at}`,
        refs: { path: at },
      })
      return undefined
    },
    { on: ['create', 'none'], success: 201, reads: 'log' },
  ),
  read(
    `${path}/download`,
    'Make one, and send it',
    (call) => ({
      kind: 'download',
      name: nameOf(call),
      type: 'application/octet-stream',
      bytes: reportOf(call),
    }),
    { reads: 'log' },
  ),
]

/** `sos_2026-01-31_120000.tar.gz`. */
function nameOf({ world }: Call): string {
  const time = new Date(world.now).toISOString().slice(0, 19)
  return `sos_${time.replace('T', '_').replaceAll(':', '')}.tar.gz`
}

function reportOf(call: Call): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { ports } = call.asked
  const archive = tar(sosFiles(ports.world, scopeOf(call), ports.barrier), call.world.now)
  return ReadableStream.from(archive).pipeThrough(new CompressionStream('gzip'))
}

/** Nodes that are named or have one of the resources; without either all; never those left out. */
function scopeOf(call: Call): SosScope {
  const { asked, world } = call
  const { query } = asked
  const [named, left] = [query.names('nodes'), query.names('exclude')]
  const resources = query.names('rscs')
  const having = [...(resources ?? [])].flatMap((definition) =>
    resourcesOf(world.state, definition).map(({ node }) => nameKey(node)),
  )
  const wanted = named || resources ? new Set([...(named ?? []), ...having]) : undefined
  return {
    hasNode: (node) => (wanted?.has(nameKey(node)) ?? true) && !left?.has(nameKey(node)),
    hasController: query.flag('include-ctrl', true),
    since: query.count('since') ?? 0,
    reports: reportsIn(call),
    processLog: asked.ports.recentLog?.() ?? [],
  }
}
