/** What happens to key-value stores; what is in them is set as properties are. */
import { z } from 'zod'

const store = z.string()

export const keyValueStoreEvents = [
  z.strictObject({ type: z.literal('key-value-store.created'), store }),
  z.strictObject({ type: z.literal('key-value-store.deleted'), store }),
] as const
