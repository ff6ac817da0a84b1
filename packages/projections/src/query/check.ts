/** Does it hold, or did it then? What `bisect` asks again and again. */
import { isRefusal, Moment, refuse, type State } from '@varve/events'
import { z } from 'zod'
import { readCheck } from '../check/expression.ts'
import { defineQuery, type Query } from './define.ts'

/** Sentences: more of them say nothing new. */
const mostTold = 20

export const checkQueries = {
  check: defineQuery(
    z.strictObject({
      expression: z.string().min(1),
      /** Default: now. */
      at: Moment.optional(),
    }),
    (world, { expression, at }) => {
      const check = readCheck(expression)
      if (isRefusal(check)) return check
      const look = (state: State) => {
        const broken = check(state)
        const { sequence } = state.position
        return { sequence, holds: broken === undefined, broken: broken?.slice(0, mostTold) ?? [] }
      }
      if (at === undefined) return look(world.state)
      if (world.stateAt) return world.stateAt(at, look)
      const problem = 'it names its moment itself'
      return refuse('invalid-arguments', { subject: 'check', problem })
    },
  ),
} as const satisfies Record<string, Query>
