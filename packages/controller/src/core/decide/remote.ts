/** Remotes: kept for what will be sent there. Their secrets arrive here as ciphertext. */
import {
  type Args,
  type Refusal,
  type Remote,
  type RemoteKind,
  refuse,
  remoteForms,
  remoteOf,
  type Secret,
  wrappedOf,
} from '@varve/events'
import type { Draft } from '../draft.ts'
import { missing, refuseIfTaken } from './require.ts'
import { forgetSchedules } from './schedule.ts'

type Given = Readonly<Record<string, string | boolean | Secret | undefined>>
type Fields = Pick<Remote, 'settings' | 'secrets'>

export function createRemote(
  draft: Draft,
  { remote, kind, ...given }: Args<'remote.create'>,
): Refusal | undefined {
  const refused = refuseIfTaken('remote', remote, remoteOf(draft.state, remote))
  if (refused) return refused
  const fields = merged({ settings: {}, secrets: {} }, given)
  const problem = problemOf(kind, fields)
  if (problem !== undefined) return refuse('invalid-arguments', { subject: remote, problem })
  draft.record({ type: 'remote.created', remote, kind, ...fields })
  return undefined
}

export function modifyRemote(
  draft: Draft,
  { remote, ...given }: Args<'remote.modify'>,
): Refusal | undefined {
  const row = remoteOf(draft.state, remote)
  if (!row) return missing('remote', remote)
  const fields = merged(row, given)
  const problem = problemOf(row.kind, fields)
  if (problem !== undefined) return refuse('invalid-arguments', { subject: row.name, problem })
  const isSame =
    JSON.stringify(fields) === JSON.stringify({ settings: row.settings, secrets: row.secrets })
  if (!isSame) draft.record({ type: 'remote.changed', remote: row.name, ...fields })
  return undefined
}

export function deleteRemote(draft: Draft, args: Args<'remote.delete'>): Refusal | undefined {
  const row = remoteOf(draft.state, args.remote)
  if (!row) return missing('remote', args.remote)
  forgetSchedules(draft, (remote) => remote === row.name)
  draft.record({ type: 'remote.deleted', remote: row.name })
  return undefined
}

/** What is not given stays; an empty text takes away. */
function merged(before: Fields, given: Given): Fields {
  const settings = { ...before.settings }
  const secrets = { ...before.secrets }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue
    if (typeof value === 'object') secrets[name] = wrappedOf(value) ?? ''
    else if (value === '') delete settings[name]
    else settings[name] = String(value)
  }
  return { settings, secrets }
}

function problemOf(kind: RemoteKind, { settings, secrets }: Fields): string | undefined {
  const form = remoteForms[kind]
  const known = [...form.required, ...form.optional]
  const strange = [
    ...Object.keys(settings).filter((name) => !known.includes(name)),
    ...Object.keys(secrets).filter((name) => !form.secrets.includes(name)),
  ]
  if (strange.length > 0) return `a remote of kind ${kind} has no ${strange.join(', ')}`
  const needed = [...form.required, ...(form.needsSecrets ? form.secrets : [])]
  const absent = needed.filter((name) => settings[name] === undefined && !secrets[name])
  return absent.length === 0 ? undefined : `a remote of kind ${kind} needs ${absent.join(', ')}`
}
