/**
 * What LINSTOR has and Varve does not, or not yet: known, and refused by name. A client that only
 * looks is told that there is nothing.
 */
import { z } from 'zod'
import type { Context, ObjectName } from '../answer/codes.ts'
import { notSupported } from '../answer/say.ts'
import { flag, props, text } from '../body/lenient.ts'
import { json, noBody, type Route, read } from '../route.ts'

type Refused = readonly [
  method: Route['method'],
  path: string,
  what: string,
  object: ObjectName,
  instead?: string,
]

const operations = {
  GET: 'none',
  OPTIONS: 'none',
  POST: 'create',
  PUT: 'modify',
  PATCH: 'modify',
  DELETE: 'delete',
} as const

const reactor = '/v1/nodes/exec/drbd-reactorctl'
const proxy = '/v1/resource-definitions/{resource}/drbd-proxy'
const backups = '/v1/remotes/{remote_name}/backups'

const rows: readonly Refused[] = [
  ['GET', `${proxy}/properties/info`, 'DRBD Proxy', 'resource-definition'],
  ['POST', '/v1/nodes/ebs', 'A node for Amazon EBS', 'node'],
  ...['status', 'evict', 'disable', 'enable', 'restart'].map(
    (verb): Refused => ['POST', `${reactor}/${verb}`, 'Running drbd-reactorctl on nodes', 'node'],
  ),
  ['PUT', proxy, 'DRBD Proxy', 'resource-definition'],
  ['POST', `${proxy}/enable/{node_a}/{node_b}`, 'DRBD Proxy', 'resource-connection'],
  ['POST', `${proxy}/disable/{node_a}/{node_b}`, 'DRBD Proxy', 'resource-connection'],
  [
    'POST',
    '/v1/controller/backup/db',
    'A backup of the database',
    'controller',
    'The journal in the controller’s directory is one: copy it.',
  ],
  [
    'POST',
    '/v1/controller/database/export',
    'An export of the database',
    'controller',
    'The journal in the controller’s directory is one: copy it.',
  ],
  ...['', '/restore', '/abort', '/ship'].map(
    (end): Refused => ['POST', `${backups}${end}`, 'A backup to a remote', 'backup'],
  ),
  ['DELETE', backups, 'A backup to a remote', 'backup'],
]

const name = text.optional()
const database = z.strictObject({ backup_name: name })
const source = { src_rsc_name: name, src_snap_name: name }
const target = {
  download_only: flag.optional(),
  force_restore: flag.optional(),
  dst_rsc_grp: name,
  force_mv_rsc_grp: flag.optional(),
}

/** Bodies of what is refused: a request that nobody could understand is told that, and not this. */
const bodies: Readonly<Record<string, z.ZodType>> = {
  '/v1/controller/backup/db': database,
  '/v1/controller/database/export': database,
  [backups]: z.strictObject({
    rsc_name: name,
    node_name: name,
    snap_name: name,
    incremental: flag.optional(),
    dst_snap_name: name,
  }),
  [`${backups}/restore`]: z.strictObject({
    ...source,
    ...target,
    last_backup: name,
    stor_pool_map: props.optional(),
    target_rsc_name: name,
    passphrase: name,
    node_name: name,
  }),
  [`${backups}/abort`]: z.strictObject({
    rsc_name: name,
    restore: flag.optional(),
    create: flag.optional(),
    snapshot: name,
  }),
  [`${backups}/ship`]: z.strictObject({
    ...source,
    ...target,
    src_node_name: name,
    dst_rsc_name: name,
    dst_node_name: name,
    dst_net_if_name: name,
    dst_stor_pool: name,
    stor_pool_rename: props.optional(),
    allow_incremental: flag.optional(),
    dst_snap_name: name,
  }),
}

const refused = rows.map(([method, path, what, object, instead]): Route => {
  const on: Context = [operations[method], object]
  return {
    method,
    path,
    on,
    summary: what,
    refused: true,
    body: method === 'DELETE' ? noBody : (bodies[path] ?? noBody),
    run: async (call) => {
      call.say(notSupported(what, instead))
      return undefined
    },
  }
})

/** Lists of what cannot be made, so that there is nothing in them. */
const empty: readonly (readonly [path: string, value: unknown, what: string])[] = [
  ['/v1/view/backup/queue', {}, 'Backups that wait'],
]

const listed = empty.map(([path, value, what]) =>
  read(path, what, () => json(value), { later: 'there can be none' }),
)

export const refusedRoutes: readonly Route[] = [...refused, ...listed]
