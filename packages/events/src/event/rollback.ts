/** Rollbacks: a definition's volumes take the content of one of its snapshots, on all nodes. */
import { z } from 'zod'

const definition = z.string()
const node = z.string()

export const rollbackEvents = [
  /** Every node takes the resource down, and says whether it could be rolled back. */
  z.strictObject({
    type: z.literal('rollback.started'),
    definition,
    snapshot: z.string(),
    operation: z.string(),
  }),
  /** Its safety snapshot is there, but by now something is in the way: it does not begin. */
  z.strictObject({
    type: z.literal('rollback.refused'),
    definition,
    snapshot: z.string(),
    problem: z.string(),
  }),
  /** Fact: a node has done what the rollback's phase asks of it. */
  z.strictObject({ type: z.literal('rollback.node-reached'), definition, node }),
  /** It is down everywhere: from here on there is no way back. Sizes and keys are the snapshot's. */
  z.strictObject({
    type: z.literal('rollback.committed'),
    definition,
    volumes: z.array(
      z.strictObject({
        number: z.int(),
        sizeKib: z.int(),
        key: z.string().optional(),
        boundTo: z.string().optional(),
        isChosen: z.boolean().optional(),
      }),
    ),
  }),
  /** All replicas have the snapshot's content: only now may the first of them come up. */
  z.strictObject({ type: z.literal('rollback.starting'), definition }),
  z.strictObject({ type: z.literal('rollback.finished'), definition }),
  /** Before it was committed: nothing has changed, and everything comes up again. */
  z.strictObject({ type: z.literal('rollback.failed'), definition, problem: z.string() }),
] as const
