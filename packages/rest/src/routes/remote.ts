/** Remotes: kept, listed and changed; nothing is sent there yet. */
import { nameKey, type Remote, type RemoteKind, remoteOf } from '@varve/events'
import { z } from 'zod'
import { created, deleted, modified, nothingToDelete } from '../answer/say.ts'
import { flag, text } from '../body/lenient.ts'
import type { Call } from '../call.ts'
import { change, json, noBody, type Route, read } from '../route.ts'
import { uuidOf } from '../views/uuid.ts'

const noun = 'remote'
const code = { 'invalid-arguments': 'FAIL_INVLD_BACKUP_CONFIG' } as const

const s3Fields = {
  endpoint: text.optional(),
  bucket: text.optional(),
  region: text.optional(),
  access_key: text.optional(),
  secret_key: text.optional(),
  use_path_style: flag.optional(),
}
const linstorFields = {
  url: text.optional(),
  passphrase: text.optional(),
  cluster_id: text.optional(),
}
const ebsFields = {
  endpoint: text.optional(),
  region: text.optional(),
  availability_zone: text.optional(),
  access_key: text.optional(),
  secret_key: text.optional(),
}

/** LINSTOR's word → ours. */
const names = {
  endpoint: 'endpoint',
  bucket: 'bucket',
  region: 'region',
  use_path_style: 'pathStyle',
  url: 'url',
  cluster_id: 'clusterId',
  availability_zone: 'availabilityZone',
  access_key: 'accessKey',
  secret_key: 'secretKey',
  passphrase: 'passphrase',
} as const
type Given = { readonly [K in keyof typeof names]?: string | boolean | undefined }

/** What clients leave empty they mean to leave out: secrets have no empty form. */
function argsOf(given: Given): object {
  return Object.fromEntries(
    Object.entries(names).flatMap(([theirs, ours]) => {
      const value = given[theirs as keyof typeof names]
      return value === undefined || (secrets.has(theirs) && value === '') ? [] : [[ours, value]]
    }),
  )
}
const secrets: ReadonlySet<string> = new Set(['access_key', 'secret_key', 'passphrase'])

/** Secrets are told to nobody. */
function remoteView({ name, kind, settings }: Remote): object {
  const { endpoint, region } = settings
  switch (kind) {
    case 's3': {
      const { bucket, pathStyle } = settings
      const use_path_style = pathStyle === 'true'
      return { remote_name: name, endpoint, bucket, region, use_path_style }
    }
    case 'linstor':
      return { remote_name: name, url: settings.url, cluster_id: settings.clusterId }
    case 'ebs':
      return { remote_name: name, endpoint, region, availability_zone: settings.availabilityZone }
  }
}

function viewsOf({ world }: Call, kind: RemoteKind): object[] {
  const rows = [...world.state.remotes.values()]
  return rows.filter((row) => row.kind === kind).map(remoteView)
}

function rowsFor<const F extends z.ZodRawShape>(kind: RemoteKind, fields: F): Route[] {
  const path = `/v1/remotes/${kind}`
  return [
    read(path, `Remotes of kind ${kind}`, (call) => json(viewsOf(call, kind))),
    change(
      {
        method: 'POST',
        path,
        on: ['create', 'remote'],
        summary: `Add a remote of kind ${kind}`,
        success: 201,
        body: z.strictObject({ remote_name: text, ...fields }),
      },
      async (call) => {
        // The row's own fields, all of which are in the table of names.
        const given = call.body as Given & { readonly remote_name: string }
        const remote = given.remote_name
        const args = { remote, kind, ...argsOf(given) }
        if (!(await call.command('remote.create', args, code))) return
        const row = remoteOf(call.world.state, remote)
        call.say(created(noun, remote, { Remote: remote }, row && uuidOf(row.origin, remote)))
      },
    ),
    change(
      {
        method: 'PUT',
        path: `${path}/{remoteName}`,
        on: ['modify', 'remote'],
        summary: `Change a remote of kind ${kind}`,
        body: z.strictObject({ remote_name: text.optional(), ...fields }),
      },
      async (call) => {
        const { remoteName: remote } = call.params
        const row = remoteOf(call.world.state, remote)
        if (row?.kind !== kind) {
          call.fail('FAIL_NOT_FOUND_REMOTE', `There is no ${kind} remote '${remote}'.`)
          return
        }
        const args = { remote, ...argsOf(call.body as Given) }
        if (!(await call.command('remote.modify', args, code))) return
        call.say(modified(noun, row.name, { Remote: row.name }))
      },
    ),
  ]
}

export const remoteRoutes: readonly Route[] = [
  read('/v1/remotes', 'All remotes, by kind', (call) =>
    json({
      s3_remotes: viewsOf(call, 's3'),
      linstor_remotes: viewsOf(call, 'linstor'),
      ebs_remotes: viewsOf(call, 'ebs'),
    }),
  ),
  ...rowsFor('s3', s3Fields),
  ...rowsFor('linstor', linstorFields),
  ...rowsFor('ebs', ebsFields),
  change(
    {
      method: 'DELETE',
      path: '/v1/remotes',
      on: ['delete', 'remote'],
      summary: 'Delete the remote that remote_name names',
      body: noBody,
    },
    async (call) => {
      const remote = call.asked.query.text('remote_name') ?? ''
      const refs = { Remote: remote }
      if (!call.world.state.remotes.has(nameKey(remote))) {
        call.say(nothingToDelete(noun, remote, refs))
      } else if (await call.command('remote.delete', { remote })) {
        call.say(deleted(noun, remote, refs))
      }
    },
  ),
]
