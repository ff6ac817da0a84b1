/**
 * Secrets in commands. On the wire a secret is text; before a command is decided, its text has been
 * replaced by ciphertext, so entries, replies and documents never hold what opens a volume.
 */
import { z } from 'zod'

/** Longest passphrase: cryptsetup reads 512 bytes of one interactively, we never need more. */
const longestSecret = 512

export const SecretText = z
  .string({ error: 'a passphrase is text' })
  .min(1, 'a passphrase has 1 to 512 characters')
  .max(longestSecret, 'a passphrase has 1 to 512 characters')
  // cryptsetup reads an old and a new one as two lines.
  .regex(/^[^\r\n]*$/, 'a passphrase is one line')

/** A secret encrypted by the master key, or the master key encrypted by a passphrase. */
export const WrappedSecret = z.strictObject({ wrapped: z.string() })
export type WrappedSecret = z.infer<typeof WrappedSecret>

/** Fields with this very schema are secrets; whoever reads the command table finds them by it. */
export const Secret = z.union([SecretText, WrappedSecret], {
  error: 'a passphrase is text of 1 to 512 characters',
})
export type Secret = z.infer<typeof Secret>

/** The ciphertext of a secret; undefined for text, which must not get this far. */
export function wrappedOf(secret: Secret | undefined): string | undefined {
  return typeof secret === 'object' ? secret.wrapped : undefined
}
