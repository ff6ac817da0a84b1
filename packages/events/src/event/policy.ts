/** What policies would do, and what they keep in mind of what went without anybody's wish. */
import { z } from 'zod'
import { PolicyName } from '../policy.ts'
import { Reference } from '../reference.ts'

const definition = z.string()
const node = z.string()

export const policyEvents = [
  /** It would do this, but is only to say so, or something speaks against it for now. */
  z.strictObject({
    type: z.literal('proposal.made'),
    policy: PolicyName,
    about: Reference,
    /** Type and arguments of what it would have sent. */
    commands: z.array(z.strictObject({ type: z.string(), args: z.unknown() })),
    /** One sentence: what it would do. */
    wish: z.string(),
    /** Why it does not. Absent: it is in shadow. */
    held: z.string().optional(),
  }),
  /** It would no longer: the reason is gone, somebody has done it, or it may act by now. */
  z.strictObject({
    type: z.literal('proposal.closed'),
    policy: PolicyName,
    about: Reference,
    outcome: z.string(),
  }),
  /** The replicas that are missing are being made; absent from here on is only their content. */
  z.strictObject({ type: z.literal('redundancy.rebuilding'), definition }),
  /** There are as many good replicas as there shall be, or nobody wants more of them. */
  z.strictObject({ type: z.literal('redundancy.restored'), definition }),
  /** Fact: neither the controller nor any peer of its resources has word of the node. */
  z.strictObject({ type: z.literal('node.unseen'), node }),
  /** Fact: the controller does not hear of it, but its peers do. */
  z.strictObject({ type: z.literal('node.seen-by-peers'), node }),
  /** It was away for too long: the evacuation that has begun is a policy's. */
  z.strictObject({ type: z.literal('node.auto-evicted'), node, operation: z.string() }),
  /** The same, by hand. */
  z.strictObject({ type: z.literal('node.evicted'), node, operation: z.string() }),
  /** Fact: a resource without a disk has been opened on its node, or closed again. */
  z.strictObject({ type: z.literal('resource.opened'), definition, node }),
  z.strictObject({ type: z.literal('resource.closed'), definition, node }),
  /** It has got its disk because it is in use for so long; one other replica may be too many. */
  z.strictObject({ type: z.literal('auto-diskful.converted'), definition, node }),
  /** Whatever was too many is on its way out, or nothing was. */
  z.strictObject({ type: z.literal('auto-diskful.finished'), definition }),
] as const
