/** One query: a schema for its arguments and a function from the world to plain data. */
import { type Refusal, refuse } from '@varve/events'
import { z } from 'zod'
import { pageLimit } from '../page.ts'
import type { World } from '../world.ts'

export type Query = {
  readonly args: z.ZodType
  /** `args` as the schema returned them. The answer is plain data or a refusal. */
  readonly run: (world: World, args: unknown) => Promise<object | Refusal>
}

export function defineQuery<S extends z.ZodType>(
  args: S,
  answer: (world: World, args: z.infer<S>) => object | Promise<object>,
): Query {
  return {
    args,
    // Whoever answers has parsed the arguments with this very schema.
    run: async (world, parsed) => answer(world, parsed as z.infer<S>),
  }
}

/** A page of the widest rows (resources, half a KiB each) has to fit into one NATS message, 1 MiB. */
export const pageArgs = {
  offset: z.int().min(0).optional(),
  limit: z.int().min(1).max(pageLimit).optional(),
}

export function notFound(noun: string, subject: string): Refusal {
  return refuse('not-found', { noun, subject })
}
