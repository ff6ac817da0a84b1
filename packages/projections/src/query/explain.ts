/** Health, explanations, and whether what was asked for is there. */
import { definitionOf, isRefusal, type PlacementExplanation, refuse } from '@varve/events'
import { z } from 'zod'
import { changeSettled, documentsSettled } from '../applied.ts'
import { placementLines } from '../explain/placement.ts'
import { stuckOf } from '../explain/stuck.ts'
import type { Prospect } from '../explain/what-if.ts'
import { healthOf } from '../health/health.ts'
import { entriesOf } from '../history/rows.ts'
import { findObject } from '../object.ts'
import {
  definitionSettled,
  nodeSettled,
  operationSettled,
  poolSettled,
  type Settled,
} from '../settled.ts'
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
  'what-if': defineQuery(
    z.strictObject({
      change: z.enum(['lose-node', 'lose-zone', 'lose-pool', 'drain', 'none']),
      /** Names, parted by commas: nodes, `node/pool`s, or one `key=value` of nodes. */
      of: z.string().default(''),
      /** KiB of each pool of one more node. */
      addKib: z.int().min(1).optional(),
    }),
    async (world, { change, of, addKib }) => {
      if (!world.whatIf) return onlyNow('what-if')
      const names = of.split(',').filter((name) => name !== '')
      const isNothing = names.length === 0 && change !== 'none'
      if (isNothing) {
        return refuse('invalid-arguments', { subject: 'what-if', problem: `${change} of what?` })
      }
      const told = await world.whatIf({ change, of: names, addKib })
      return isRefusal(told) ? told : shortened(told)
    },
  ),
  'why-not': defineQuery(
    z.union([
      z.strictObject({ node: z.string(), definition: z.string() }),
      z.strictObject({ node: z.string(), group: z.string(), sizeKib: z.int().min(1) }),
    ]),
    (world, { node, ...candidate }) => world.whyNot?.(node, candidate) ?? onlyNow('why-not'),
  ),
  settled: defineQuery(
    z.union([
      z.strictObject({ definition: z.string() }),
      /** What a command has changed on nodes, by its log sequence: of one definition, or of all. */
      z.strictObject({ since: z.int().min(0), definition: z.string().optional() }),
      z.strictObject({ node: z.string() }),
      z.strictObject({ node: z.string(), pool: z.string() }),
      z.strictObject({ operation: z.string() }),
    ]),
    (world, args) => {
      if ('since' in args) return changeSettled(world, args.since, args.definition)
      if ('definition' in args) return wholeDefinition(world, args.definition)
      if ('pool' in args) return poolSettled(world, args.node, args.pool)
      if ('node' in args) return nodeSettled(world, args.node)
      return operationSettled(world, args.operation)
    },
  ),
} as const satisfies Record<string, Query>

/** Also that all nodes have taken the newest documents over, once nothing else is missing. */
async function wholeDefinition(world: World, definition: string): Promise<Settled> {
  const standing = definitionSettled(world, definition)
  if (!standing.isSettled) return standing
  return documentsSettled(world, { since: 0, upTo: world.state.position.sequence, definition })
}

const onlyNow = (subject: string) =>
  refuse('invalid-arguments', { subject, problem: 'it is asked about now, not about the past' })

/** Rows of each list: more would not fit into one answer. */
const mostTold = 300

export type ToldProspect = Prospect & {
  /** How many there are of each, whatever is told of them. */
  readonly total: { readonly [K in 'lost' | 'withoutQuorum' | 'placed' | 'unplaced']: number }
}

function shortened(prospect: Prospect): ToldProspect {
  const { lost, withoutQuorum, placed, unplaced } = prospect
  return {
    ...prospect,
    lost: lost.slice(0, mostTold),
    withoutQuorum: withoutQuorum.slice(0, mostTold),
    placed: placed.slice(0, mostTold),
    unplaced: unplaced.slice(0, mostTold),
    total: {
      lost: lost.length,
      withoutQuorum: withoutQuorum.length,
      placed: placed.length,
      unplaced: unplaced.length,
    },
  }
}

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
