/** What would take an entry back. */
import { isRefusal, refuse } from '@varve/events'
import { z } from 'zod'
import { stepOf, undoOf } from '../undo/undo.ts'
import { defineQuery, notFound, type Query } from './define.ts'

export const undoQueries = {
  undo: defineQuery(
    z.strictObject({
      sequence: z.int().min(2),
      /** Which entry of the block; the first that a user sent unless given. */
      index: z.int().min(0).optional(),
      takesData: z.boolean().optional(),
    }),
    async (world, { sequence, index, takesData = false }) => {
      const entries = await world.entryAt(sequence)
      if (!entries) return notFound('log block', String(sequence))
      const at = index ?? entries.findIndex(({ actor }) => actor.kind === 'user')
      const entry = entries[at]
      if (entry?.actor.kind !== 'user') {
        const problem = `nobody asked for what stands at ${sequence}: what Varve does by itself it would do again`
        return refuse('cannot-undo', { problem })
      }
      if (entry.events.some(({ type }) => type === 'node.lost')) {
        const problem = 'what was declared lost has to be installed and synced anew'
        return refuse('cannot-undo', { problem })
      }
      if (!world.stateAt) {
        const problem = 'it is asked about now, not about the past'
        return refuse('invalid-arguments', { subject: 'undo', problem })
      }
      const step = await world.stateAt({ sequence: sequence - 1 }, (state) =>
        stepOf(state, entries, at),
      )
      if (isRefusal(step)) return step
      const undo = undoOf(step, world.state, takesData)
      const { command, actor, reason } = entry
      return isRefusal(undo)
        ? undo
        : { ...undo, of: { id: entry.id, command: command.type, actor: actor.name, reason } }
    },
  ),
} as const satisfies Record<string, Query>
