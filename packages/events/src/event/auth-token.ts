/** What happens to tokens of the REST API; only hashes of them are known here. */
import { z } from 'zod'
import { UserRole } from '../role.ts'

const token = z.int()
const fields = {
  description: z.string(),
  address: z.string().optional(),
  isActive: z.boolean(),
}

export const authTokenEvents = [
  z.strictObject({
    type: z.literal('auth-token.created'),
    token,
    tokenHash: z.string(),
    role: UserRole,
    expiresAt: z.number().optional(),
    ...fields,
  }),
  /** All of it that can change, as it is from now on. */
  z.strictObject({ type: z.literal('auth-token.changed'), token, ...fields }),
  z.strictObject({ type: z.literal('auth-token.revoked'), token }),
] as const
