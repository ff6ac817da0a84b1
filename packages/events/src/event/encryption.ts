/** What happens to the cluster's passphrase. */
import { z } from 'zod'

export const encryptionEvents = [
  /** The master key, encrypted by the passphrase: the first one, or the same key under a new one. */
  z.strictObject({ type: z.literal('encryption.passphrase-set'), master: z.string() }),
  /** Somebody entered the passphrase, so the leader can open volume keys until it ends. */
  z.strictObject({ type: z.literal('encryption.unlocked') }),
] as const
