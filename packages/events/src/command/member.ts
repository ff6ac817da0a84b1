/** Commands about who may do what: people, programs and nodes, each with a key of its own. */
import { z } from 'zod'
import { Role } from '../role.ts'

/** Also a mail address; of a satellite, the name of its node. */
export const MemberName = z
  .string()
  .refine((name) => name.toLowerCase() !== 'rest', {
    message: 'the name rest is that of the REST API, which speaks for others',
  })
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/,
    'the name of a member has 1 to 64 letters, digits, ., _, @ and -, and begins with one of the former two',
  )

/** The public half of a NATS user key; the other half never leaves its owner. */
export const MemberKey = z
  .string()
  .regex(/^U[A-Z2-7]{55}$/, 'a public key of a NATS user begins with U and has 56 characters')

export const memberCommands = {
  'member.add': z.strictObject({ member: MemberName, role: Role, publicKey: MemberKey }),
  'member.revoke': z.strictObject({ member: MemberName }),
}
