/** Tokens of the REST API. */
import type { EventOf } from '../event.ts'
import type { Origin } from './records.ts'
import type { State } from './state.ts'
import { update } from './update.ts'

export function authTokenCreated(
  state: State,
  event: EventOf<'auth-token.created'>,
  origin: Origin,
): void {
  const { type: _, token: number, ...fields } = event
  // The number after it is taken now, so nobody can be given that of the one before any more.
  for (const row of [...state.authTokens.values()]) {
    if (row.isRevoked) state.authTokens.delete(String(row.number))
  }
  state.authTokens.set(String(number), { number, ...fields, isRevoked: false, origin })
}

export function authTokenChanged(state: State, event: EventOf<'auth-token.changed'>): void {
  const { type: _, token, ...fields } = event
  update(state.authTokens, String(token), ({ address: __, ...row }) => ({ ...row, ...fields }))
}

/** The one with the highest number stays in the books: a number is never given twice. */
export function authTokenRevoked(state: State, { token }: EventOf<'auth-token.revoked'>): void {
  const isHighest = [...state.authTokens.values()].every(({ number }) => number <= token)
  if (!isHighest) {
    state.authTokens.delete(String(token))
    return
  }
  update(state.authTokens, String(token), (row) => ({ ...row, tokenHash: '', isRevoked: true }))
}
