/** Health, explanations, and whether what was asked for is there. */
import { definitionOf, type PlacementExplanation } from '@varve/events'
import { z } from 'zod'
import { placementLines } from '../explain/placement.ts'
import { stuckOf } from '../explain/stuck.ts'
import { healthOf } from '../health/health.ts'
import { entriesOf } from '../history/rows.ts'
import { findObject } from '../object.ts'
import { definitionSettled, nodeSettled, operationSettled, poolSettled } from '../settled.ts'
import type { World } from '../world.ts'
import { defineQuery, notFound, type Query } from './define.ts'

/** Entries that are looked through for the last placement of a definition. */
const searched = 200

export const explainQueries = {
  health: defineQuery(z.strictObject({}), (world) => healthOf(world, world.log)),
  'explain-placement': defineQuery(
    z.strictObject({ definition: z.string() }),
    async (world, { definition }) => {
      const name = definitionOf(world.state, definition)?.name ?? definition
      const found = await lastPlacement(world, name)
      return found
        ? { definition: name, ...found, lines: placementLines(found.explanation) }
        : notFound('recorded automatic placement of', name)
    },
  ),
  'explain-stuck': defineQuery(z.strictObject({ object: z.string().optional() }), (world, args) => {
    if (args.object === undefined) return { stuck: stuckOf(world) }
    const object = findObject(world, args.object)
    return object ? { object, stuck: stuckOf(world, object) } : notFound('object', args.object)
  }),
  settled: defineQuery(
    z.union([
      z.strictObject({ definition: z.string() }),
      z.strictObject({ node: z.string() }),
      z.strictObject({ node: z.string(), pool: z.string() }),
      z.strictObject({ operation: z.string() }),
    ]),
    (world, args) => {
      if ('definition' in args) return definitionSettled(world, args.definition)
      if ('pool' in args) return poolSettled(world, args.node, args.pool)
      if ('node' in args) return nodeSettled(world, args.node)
      return operationSettled(world, args.operation)
    },
  ),
} as const satisfies Record<string, Query>

async function lastPlacement(
  world: World,
  definition: string,
): Promise<{ sequence: number; at: number; explanation: PlacementExplanation } | undefined> {
  let left = searched
  for await (const { entry, sequence } of entriesOf(world, `resource-definition/${definition}`)) {
    if (entry.explain) return { sequence, at: entry.at, explanation: entry.explain }
    left -= 1
    if (left === 0) break
  }
  return undefined
}
