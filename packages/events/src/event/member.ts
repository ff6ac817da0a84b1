/** Who came to the cluster, and who may do nothing any more. */
import { z } from 'zod'
import { Role } from '../role.ts'

const member = z.string()

export const memberEvents = [
  z.strictObject({ type: z.literal('member.added'), member, role: Role, publicKey: z.string() }),
  z.strictObject({ type: z.literal('member.revoked'), member }),
] as const
