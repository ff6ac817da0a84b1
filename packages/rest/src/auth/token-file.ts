/** Tokens of those who may use the API, as a file has them. */
import { UserRole } from '@varve/events'
import type { Identity } from './gate.ts'
import { tokenHashOf } from './token.ts'

/** Who a token is of, by its hash. */
export type FileTokens = ReadonlyMap<string, Identity>

/**
 * A line for each: a name, a token, and a role where it is not to do all; what begins with # is a
 * remark. Throws when a line has something else, or when there is no token at all: then nobody
 * could get in.
 */
export function readTokens(text: string): FileTokens {
  const known = new Map<string, Identity>()
  for (const [index, line] of text.split('\n').entries()) {
    const words = line.trim().split(/\s+/)
    if (words[0] === '' || words[0]?.startsWith('#')) continue
    const [name, token, roleName = 'admin', ...rest] = words
    const role = UserRole.safeParse(roleName)
    if (name === undefined || token === undefined || !role.success || rest.length > 0) {
      const roles = UserRole.options.join(', ')
      const form = `"<name> <token>" or "<name> <token> <role>", the role one of ${roles}`
      throw new Error(`line ${index + 1} of the token file is not ${form}`)
    }
    known.set(tokenHashOf(token), { name, role: role.data })
  }
  if (known.size === 0) throw new Error('the token file has no tokens')
  return known
}
