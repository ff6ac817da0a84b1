/** Tokens of the REST API; what they hash to is shown to nobody. */
import type { AuthToken, State } from '@varve/events'

export type AuthTokenRow = Omit<AuthToken, 'tokenHash' | 'isRevoked' | 'origin'> & {
  readonly createdAt: number
}

/** In the order in which they were made, without those that were revoked. */
export function authTokenRows({ authTokens }: State): AuthTokenRow[] {
  return [...authTokens.values()]
    .filter(({ isRevoked }) => !isRevoked)
    .map(({ tokenHash, isRevoked, origin, ...row }) => ({ ...row, createdAt: origin.at }))
    .toSorted((a, b) => a.number - b.number)
}
