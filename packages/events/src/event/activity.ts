/** Resources that are taken out of use on their node, and put into use again; turns in shared spaces. */
import { z } from 'zod'

const definition = z.string()
const node = z.string()
const space = z.string()

export const activityEvents = [
  /** It is to be closed on its node. */
  z.strictObject({
    type: z.literal('resource.deactivation-started'),
    definition,
    node,
    operation: z.string(),
    /** Who is to be active as soon as this one is not. */
    heir: node.optional(),
  }),
  /** Fact: nothing of it is open on its node any more. */
  z.strictObject({
    type: z.literal('resource.deactivated'),
    definition,
    node,
    /** Recorded waiver: nobody has asked the node; somebody has made sure that it is off. */
    fenced: z.literal(true).optional(),
  }),
  z.strictObject({ type: z.literal('resource.activated'), definition, node }),
  /** It has to change the metadata of the volume group in a shared space, after all others that do. */
  z.strictObject({ type: z.literal('space.turn-asked'), space, definition, node }),
  /** It has failed, and others wait: it is to let go, and has not said yet that it has. */
  z.strictObject({ type: z.literal('space.turn-recalled'), space, definition, node }),
  /** It has let go, and waits again behind all others. */
  z.strictObject({ type: z.literal('space.turn-passed'), space, definition, node }),
  z.strictObject({ type: z.literal('space.turn-ended'), space, definition, node }),
] as const
