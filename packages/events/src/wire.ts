/** Requests and replies between clients and controllers. */
import { z } from 'zod'
import { EntryId } from './entry.ts'
import { VarveEvent } from './event.ts'
import { PlacementExplanation } from './explanation.ts'
import { Reference } from './reference.ts'

export const wireVersion = 1

/** Ties a command to what its plan has told: it is refused once anything of that has moved. */
export const AsPlanned = z.strictObject({
  /** Log sequence that the plan was made on. */
  sequence: z.int().min(0),
  /** What it read and would change. */
  objects: z.array(Reference),
  /** SHA-256 of what it would record. */
  outcome: z.string().length(64),
})
export type AsPlanned = z.infer<typeof AsPlanned>

export const CommandRequest = z.strictObject({
  v: z.literal(wireVersion),
  id: EntryId,
  args: z.unknown(),
  reason: z.string().max(1024).optional(),
  onBehalfOf: z.string().max(128).optional(),
  via: z.enum(['cli', 'rest', 'nats']).default('nats'),
  /** Answer with what would happen; append nothing. */
  plan: z.boolean().optional(),
  /** Refuse when the log has moved past this sequence. */
  ifSequence: z.int().optional(),
  asPlanned: AsPlanned.optional(),
})
export type CommandRequest = z.input<typeof CommandRequest>

export const RefusalReply = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string().optional(),
  /** What kind of object `subject` is, where the refusal is about any kind. */
  noun: z.string().optional(),
  subject: z.string().optional(),
  measured: z.unknown().optional(),
  required: z.unknown().optional(),
  details: z.array(z.string()).optional(),
})
export type RefusalReply = z.infer<typeof RefusalReply>

/** What a planned command would do on one node, as sentences. */
export const NodeEffect = z.object({ node: z.string(), effects: z.array(z.string()) })

/** One entry that a planned command would write; policies add their own. */
export const PlannedEntry = z.object({
  actor: z.string(),
  command: z.string(),
  events: z.int(),
})

/** What travels over the network until all is in sync; thin storage skips what was never written. */
export const PlannedTransfer = z.object({
  definition: z.string(),
  node: z.string(),
  atMostKib: z.int(),
})

/** How many replicas of a definition are known to be good, and of how many with a disk. */
const Copies = z.object({ good: z.int(), diskful: z.int() })
/** `now`; `begun`: as soon as it is in the log; `done`: when all nodes have done it and are in sync. */
export const PlannedRedundancy = z.object({
  definition: z.string(),
  now: Copies,
  begun: Copies,
  done: Copies,
})
export type PlannedRedundancy = z.infer<typeof PlannedRedundancy>

export const CommandPlan = z.object({
  events: z.array(VarveEvent),
  entries: z.array(PlannedEntry),
  effects: z.array(NodeEffect),
  transfers: z.array(PlannedTransfer),
  redundancy: z.array(PlannedRedundancy),
  /** Given back with the command, it is carried out like this or not at all. */
  asPlanned: AsPlanned,
})
export type CommandPlan = z.infer<typeof CommandPlan>

export const CommandReply = z.discriminatedUnion('ok', [
  z.object({
    ok: z.literal(true),
    id: z.string(),
    /** Log sequence in which the command is stored; of a plan: the one it was made on. */
    sequence: z.int(),
    /** True: nothing had to change. */
    unchanged: z.boolean().optional(),
    /** True: this id had been accepted before; this is that outcome. */
    repeated: z.boolean().optional(),
    /** Set when the command goes on as an operation after this reply. */
    operation: z.string().optional(),
    result: z.record(z.string(), z.unknown()).optional(),
    /** Of a plan; that of an accepted command stands in the log. */
    explain: PlacementExplanation.optional(),
    plan: CommandPlan.optional(),
  }),
  z.object({ ok: z.literal(false), id: z.string(), sequence: z.int(), refusal: RefusalReply }),
])
export type CommandReply = z.infer<typeof CommandReply>

/** A moment of the past: after a block of the log, or by the leader's clock, ms since epoch. */
export const Moment = z.union([
  z.strictObject({ sequence: z.int().min(1) }),
  z.strictObject({ timeMs: z.int().min(0) }),
])
export type Moment = z.infer<typeof Moment>

export const QueryRequest = z.strictObject({
  v: z.literal(wireVersion),
  args: z.record(z.string(), z.unknown()).optional(),
  /** Answer only from a state that has folded at least this sequence. */
  minSequence: z.int().optional(),
  /** Answer as of then. What satellites saw is not kept: only what became a fact is told. */
  at: Moment.optional(),
})
export type QueryRequest = z.input<typeof QueryRequest>

export const QueryReply = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), sequence: z.int(), at: z.int(), data: z.unknown() }),
  z.object({ ok: z.literal(false), sequence: z.int(), refusal: RefusalReply }),
])
export type QueryReply = z.infer<typeof QueryReply>
