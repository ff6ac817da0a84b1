/** What happens to resource groups and their volume groups. */
import { z } from 'zod'
import { SelectFilter } from '../filter.ts'

const group = z.string()
const number = z.int()

export const groupEvents = [
  z.strictObject({
    type: z.literal('resource-group.created'),
    group,
    description: z.string().optional(),
    filter: SelectFilter,
    peerSlots: z.int().optional(),
  }),
  z.strictObject({ type: z.literal('resource-group.described'), group, description: z.string() }),
  z.strictObject({ type: z.literal('resource-group.filter-changed'), group, filter: SelectFilter }),
  z.strictObject({
    type: z.literal('resource-group.peer-slots-changed'),
    group,
    peerSlots: z.int(),
  }),
  z.strictObject({ type: z.literal('resource-group.deleted'), group }),
  z.strictObject({
    type: z.literal('volume-group.created'),
    group,
    number,
    gross: z.boolean().optional(),
  }),
  z.strictObject({ type: z.literal('volume-group.deleted'), group, number }),
] as const
