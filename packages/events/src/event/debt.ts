/** What nodes that are away still hold of resources that are gone: they remove it when they return. */
import { z } from 'zod'
import { DesiredVolume } from '../desired.ts'
import { Layer } from '../kinds.ts'

const about = { definition: z.string(), node: z.string() }

export const debtEvents = [
  /** Everything that may be removed there, by name and owner mark; nothing else ever is. */
  z.strictObject({
    type: z.literal('debt.recorded'),
    ...about,
    layers: z.array(Layer),
    volumes: z.array(DesiredVolume),
    /** Log sequence: what the node confirms of older documents does not count. */
    since: z.int(),
  }),
  /** Fact: nothing of it is left on the node. */
  z.strictObject({ type: z.literal('debt.paid'), ...about }),
  /** Whoever sees to it by hand has said so. */
  z.strictObject({ type: z.literal('debt.forgiven'), ...about }),
] as const
