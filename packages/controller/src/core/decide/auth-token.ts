/** Tokens of the REST API: who has one is let in. Only their hashes arrive here. */
import { type Args, type AuthToken, type Refusal, refuse } from '@varve/events'
import type { Draft } from '../draft.ts'

export function createAuthToken(
  draft: Draft,
  { role = 'admin', ...args }: Args<'auth-token.create'>,
): Refusal | undefined {
  const rows = [...draft.state.authTokens.values()]
  const found = rows.find(({ tokenHash }) => tokenHash === args.tokenHash)
  // Whoever asks again because the answer was lost gets no second one.
  const token = found?.number ?? 1 + Math.max(0, ...rows.map(({ number }) => number))
  if (!found) draft.record({ type: 'auth-token.created', token, role, isActive: true, ...args })
  draft.reply = { token }
  return undefined
}

export function modifyAuthToken(
  draft: Draft,
  { token, ...given }: Args<'auth-token.modify'>,
): Refusal | undefined {
  const row = find(draft, token)
  if (!row) return missing(token)
  const { description = row.description, isActive = row.isActive } = given
  const address = given.address ?? row.address
  const isSame =
    description === row.description &&
    isActive === row.isActive &&
    (address || undefined) === row.address
  if (isSame) return undefined
  const only = address ? { address } : {}
  draft.record({ type: 'auth-token.changed', token, description, isActive, ...only })
  return undefined
}

export function revokeAuthToken(
  draft: Draft,
  { token }: Args<'auth-token.revoke'>,
): Refusal | undefined {
  if (!find(draft, token)) return missing(token)
  draft.record({ type: 'auth-token.revoked', token })
  return undefined
}

function find({ state }: Draft, token: number): AuthToken | undefined {
  const row = state.authTokens.get(String(token))
  return row?.isRevoked ? undefined : row
}

function missing(token: number): Refusal {
  const remedy = 'List what there is: varve auth-token list'
  return refuse('not-found', { noun: 'token', subject: String(token) }, remedy)
}
