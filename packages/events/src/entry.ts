/** The log's unit: an entry is one accepted command; a block is one message of the log stream. */
import { z } from 'zod'
import { VarveEvent } from './event.ts'
import { PlacementExplanation } from './explanation.ts'

export const EntryId = z.ulid()
export type EntryId = string

export const Actor = z.strictObject({
  kind: z.enum(['user', 'policy', 'observer', 'system']),
  name: z.string().min(1).max(128),
  /** The door: cli, rest, nats, or the policy's own loop. */
  via: z.string(),
  address: z.string().optional(),
  onBehalfOf: z.string().optional(),
})
export type Actor = z.infer<typeof Actor>

export const Entry = z.strictObject({
  id: EntryId,
  at: z.int(),
  actor: Actor,
  reason: z.string().optional(),
  cause: EntryId.optional(),
  command: z.strictObject({ type: z.string(), args: z.unknown() }),
  events: z.array(VarveEvent),
  explain: PlacementExplanation.optional(),
  /** What the sender was told; the same id again gets the same answer. */
  reply: z.record(z.string(), z.unknown()).optional(),
})
export type Entry = z.infer<typeof Entry>

/** Version of the block's form. Older ones are translated by `upcast`, newer ones stop the reader. */
export const blockVersion = 1

/** What the fold needs of an entry: most of what is read when a controller starts. */
export const FoldedEntry = Entry.omit({ command: true, explain: true }).extend({
  command: z.strictObject({ type: z.string() }),
})
export type FoldedEntry = z.infer<typeof FoldedEntry>

/** What is only there for people who ask what was wanted, and why it came out so. */
export const EntryDetail = z.strictObject({
  args: z.unknown(),
  explain: PlacementExplanation.optional(),
})
export type EntryDetail = z.infer<typeof EntryDetail>

/** As it is stored. Details stand behind the entries, where the fold need not read them. */
export const Block = z.strictObject({
  v: z.literal(blockVersion),
  term: z.int().min(1),
  prev: z.string().length(64),
  /** Bytes of the list of entries, brackets included. */
  folded: z.int(),
  entries: z.array(FoldedEntry).min(1),
  /** One for each entry, in the same order. */
  details: z.array(EntryDetail),
})
export type Block = z.infer<typeof Block>

/** NATS' default payload limit is 1 MiB; half of it leaves room for headers and growth. */
export const blockLimitBytes = 512 * 1024
