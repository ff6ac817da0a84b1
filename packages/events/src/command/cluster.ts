/** Commands about the cluster as a whole. */
import { z } from 'zod'
import { Secret } from '../secret.ts'
import { changes } from './fields.ts'

export const clusterCommands = {
  'controller.modify': z.strictObject({ ...changes }),
  /** Turns back what runs, where there is a way back. */
  'operation.abort': z.strictObject({ operation: z.string().min(1).max(64) }),
  'encryption.create-passphrase': z.strictObject({ passphrase: Secret }),
  'encryption.modify-passphrase': z.strictObject({ oldPassphrase: Secret, newPassphrase: Secret }),
  'encryption.enter-passphrase': z.strictObject({ passphrase: Secret }),
}
