/** Commands about tokens of the REST API. Only what a token hashes to is ever sent. */
import { z } from 'zod'
import { UserRole } from '../role.ts'

/** SHA-256 of the token in hexadecimal digits; the token itself is known to its owner alone. */
const TokenHash = z.string().regex(/^[0-9a-f]{64}$/, 'a token is told by its SHA-256, 64 digits')

const description = z
  .string()
  .min(1, 'a token is described by 1 to 120 characters')
  .max(120, 'a token is described by 1 to 120 characters')
  .regex(/^\P{Cc}*$/u, 'a description has no control characters')

const address = z.union([z.ipv4(), z.ipv6()], 'an address is one of IPv4 or IPv6')

export const authTokenCommands = {
  'auth-token.create': z.strictObject({
    tokenHash: TokenHash,
    description,
    /** Absent: all that the API can do. */
    role: UserRole.optional(),
    /** ms since epoch; not taken from then on. */
    expiresAt: z.int().positive().optional(),
    /** The only address that it is taken from. */
    address: address.optional(),
  }),
  'auth-token.modify': z.strictObject({
    token: z.int().positive(),
    description: description.optional(),
    /** An empty text: taken from anywhere again. */
    address: z.union([address, z.literal('')]).optional(),
    isActive: z.boolean().optional(),
  }),
  'auth-token.revoke': z.strictObject({ token: z.int().positive() }),
}
