/** Where documents of resources stand in the log: question to the leader, and its answer. */
import { z } from 'zod'

const place = { definition: z.string(), node: z.string() }

export const DocumentQuestion = z.object({
  /** Absent: all that have changed at `since` or later. */
  of: z.array(z.object(place)).optional(),
  /** Log sequence. */
  since: z.int().min(0),
  /** Rows that were told already. */
  skip: z.int().min(0).optional(),
})
export type DocumentQuestion = z.infer<typeof DocumentQuestion>

/** Rows of one answer: some 80 bytes each, below what the server takes as one message. */
export const positionsLimit = 5_000

export const DocumentPositions = z.object({
  /** The leader has published all that follows from the log up to this sequence. */
  upTo: z.int(),
  /** Names in the spelling of keys or as asked; `from`: at which the contents last changed. */
  documents: z.array(z.object({ ...place, from: z.int() })),
})
export type DocumentPositions = z.infer<typeof DocumentPositions>
