/** Nodes that are emptied: each replica is replaced first, and goes then. */
import { z } from 'zod'

const node = z.string()

export const evacuationEvents = [
  z.strictObject({
    type: z.literal('node.evacuation-started'),
    node,
    operation: z.string(),
    /** Nodes that may take replicas; absent: all. */
    targets: z.array(node).optional(),
    doNotTarget: z.array(node).optional(),
  }),
  /** For the time being there is no place for this one; it stays, and is tried again. */
  z.strictObject({
    type: z.literal('resource.evacuation-blocked'),
    definition: z.string(),
    node,
    problem: z.string(),
  }),
  /** It takes replicas again; what has not begun to go stays. */
  z.strictObject({ type: z.literal('node.restored'), node }),
] as const
