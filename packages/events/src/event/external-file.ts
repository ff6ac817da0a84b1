/** What happens to external files; which definition has one is a property of it. */
import { z } from 'zod'

const file = z.string()

export const externalFileEvents = [
  z.strictObject({
    type: z.literal('external-file.written'),
    file,
    /** All of it, base64. */
    content: z.string(),
    altSuffixes: z.array(z.string()),
  }),
  z.strictObject({ type: z.literal('external-file.deleted'), file }),
] as const
