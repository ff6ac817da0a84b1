/** In what a clone shall differ from its source. */
import { z } from 'zod'
import { changes } from './command/fields.ts'
import { GroupName } from './names.ts'

export const CloneAs = z.strictObject({
  /** The source's unless given. */
  group: GroupName.optional(),
  externalName: z.string().max(256).optional(),
  /** Applied to the properties that it has from its source. */
  ...changes,
})
export type CloneAs = z.infer<typeof CloneAs>
