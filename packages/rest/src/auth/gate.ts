/**
 * Who a request is from. Tokens come from a file of the process and from the log; what is compared
 * are hashes, so a lookup tells nobody how much of a token was right.
 */
import { controllerProps, nameKey, type State, type UserRole } from '@varve/events'
import type { Entry } from '../answer/entry.ts'
import { tokenHashOf } from './token.ts'
import type { FileTokens } from './token-file.ts'

export type Identity = { readonly name: string; readonly role: UserRole }

/** What is known of a request before it is read. */
export type Caller = {
  /** The header `Authorization`. */
  readonly authorization: string | undefined
  /** Where it comes from; undefined in tests without a connection. */
  readonly address: string | undefined
}

export type Admission =
  | { readonly is: 'open' }
  | { readonly is: 'known'; readonly identity: Identity }
  | { readonly is: 'denied'; readonly status: 401 | 403 | 500; readonly entry: Entry }

/** LINSTOR's property: true, and there is a token, and then one is needed. */
const enabledKey = 'Auth/TokenAuthenticationEnabled'

export const tokenAuthenticationKey = enabledKey

/**
 * Tokens that have expired or are switched off count as well: an API that needed a token yesterday
 * does not let everybody in today. LINSTOR's does.
 */
export function needsToken(state: State): boolean {
  if (controllerProps(state)[enabledKey]?.toLowerCase() !== 'true') return false
  return [...state.authTokens.values()].some(({ isRevoked }) => !isRevoked)
}

export function admit(
  caller: Caller,
  file: FileTokens | undefined,
  { state, now }: { readonly state: State; readonly now: number },
): Admission {
  const isNeeded = file !== undefined || needsToken(state)
  if (!isNeeded) return { is: 'open' }
  const { authorization = '' } = caller
  const [, scheme = '', rest = ''] = /^(\S+)\s+(\S+)\s*$/.exec(authorization) ?? []
  const known = (token: string) => find(token, caller, file, { state, now })
  switch (scheme.toLowerCase()) {
    case 'bearer': {
      const identity = known(rest)
      return identity ? { is: 'known', identity } : noToken
    }
    case 'basic': {
      const pair = /^([^:]+):(.+)$/su.exec(Buffer.from(rest, 'base64').toString('utf8'))
      if (!pair) return malformed
      const identity = known(pair[2] ?? '')
      const isHis = identity !== undefined && nameKey(identity.name) === nameKey(pair[1] ?? '')
      return isHis ? { is: 'known', identity } : wrong
    }
    default:
      return noToken
  }
}

function find(
  token: string,
  { address }: Caller,
  file: FileTokens | undefined,
  { state, now }: { readonly state: State; readonly now: number },
): Identity | undefined {
  const tokenHash = tokenHashOf(token)
  const ofFile = file?.get(tokenHash)
  if (ofFile) return ofFile
  const [key] = state.authTokens.keysBy('hash', tokenHash)
  const row = key === undefined ? undefined : state.authTokens.get(key)
  if (!row?.isActive || row.isRevoked) return undefined
  if (row.expiresAt !== undefined && row.expiresAt <= now) return undefined
  if (row.address !== undefined && plain(row.address) !== plain(address ?? '')) return undefined
  return { name: row.description, role: row.role }
}

/** A socket for both families shows addresses of IPv4 as `::ffff:192.0.2.1`. */
const plain = (address: string) => address.toLowerCase().replace(/^::ffff:(?=[\d.]+$)/, '')

const noToken: Admission = {
  is: 'denied',
  status: 401,
  entry: {
    code: 'FAIL_ACC_DENIED_COMMAND',
    message: 'A token is needed that is taken here: Authorization: Bearer <token>',
  },
}

const wrong: Admission = {
  is: 'denied',
  status: 403,
  entry: {
    code: 'FAIL_SIGN_IN',
    message: 'Name and password do not fit: they are the name of a token and the token.',
  },
}

const malformed: Admission = {
  is: 'denied',
  status: 500,
  entry: {
    code: 'FAIL_INVLD_ENCRYPT_TYPE',
    message: 'What came as Authorization: Basic is not <name>:<password> in base64.',
  },
}
