/** What `varve encryption status` asks. */
import { z } from 'zod'
import { encryptionStatus } from '../encryption.ts'
import { defineQuery, type Query } from './define.ts'

export const encryptionQueries = {
  encryption: defineQuery(z.strictObject({}), ({ state }) => encryptionStatus(state)),
} as const satisfies Record<string, Query>
