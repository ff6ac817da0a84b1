/** Tokens of those who may use the API, as a file has them. */
import { hash, timingSafeEqual } from 'node:crypto'

/** Who a request is from: the name of its token. */
export type Tokens = (authorization: string | undefined) => string | undefined

/**
 * A line for each: a name and a token; what begins with # is a remark. Throws when a line has
 * something else, or when there is no token at all: then nobody could get in.
 */
export function readTokens(text: string): Tokens {
  const lines = text.split('\n').map((line) => line.trim())
  const known = lines.flatMap((line, index) => {
    if (line === '' || line.startsWith('#')) return []
    const [name, token, ...rest] = line.split(/\s+/)
    if (name === undefined || token === undefined || rest.length > 0) {
      throw new Error(`line ${index + 1} of the token file is not "<name> <token>"`)
    }
    return [{ name, digest: digestOf(token) }]
  })
  if (known.length === 0) throw new Error('the token file has no tokens')
  return (authorization) => {
    const [, token] = /^bearer\s+(\S+)\s*$/i.exec(authorization ?? '') ?? []
    if (token === undefined) return undefined
    const digest = digestOf(token)
    // Equal lengths, and as long for a token that is nearly right as for any other.
    return known.find((row) => timingSafeEqual(row.digest, digest))?.name
  }
}

function digestOf(token: string): Buffer {
  return hash('sha256', token, 'buffer')
}
