/** Which arguments of which commands are secrets, read from the command table itself. */
import { z } from 'zod'
import { allCommands } from './command.ts'
import { Secret } from './secret.ts'

const fields: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(allCommands).flatMap(([type, schema]) => {
    const names = Object.entries(schema.shape).flatMap(([name, field]) =>
      isSecret(field) ? [name] : [],
    )
    return names.length === 0 ? [] : [[type, names] as const]
  }),
)

/** Names of the arguments that hold a secret, or a list of them; empty for most commands. */
export function secretFieldsOf(type: string): readonly string[] {
  return fields.get(type) ?? []
}

/** What stands in an entry in place of a secret that nobody has encrypted. */
export const redacted = '***'

/**
 * Arguments as an entry may keep them: ciphertext stays, text is blotted out. Commands are
 * encrypted before they are decided; this is the second lock on that door.
 */
export function withoutSecrets(type: string, args: unknown): unknown {
  const secret = fields.get(type)
  if (!secret || typeof args !== 'object' || args === null) return args
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [
      name,
      secret.includes(name) ? blot(value) : value,
    ]),
  )
}

function blot(value: unknown): unknown {
  if (typeof value === 'string') return redacted
  return Array.isArray(value) ? value.map(blot) : value
}

function isSecret(field: unknown): boolean {
  let inner = field
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodArray) {
    inner = inner instanceof z.ZodArray ? inner.element : inner.unwrap()
  }
  return inner === Secret
}
