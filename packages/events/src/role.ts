/** People and programs by what they may do; a satellite is the node of its name. */
import { z } from 'zod'

export const Role = z.enum(['admin', 'operator', 'viewer', 'auditor', 'satellite'])
export type Role = z.infer<typeof Role>

/** What somebody who asks and commands may be. */
export const UserRole = Role.exclude(['satellite'])
export type UserRole = z.infer<typeof UserRole>
