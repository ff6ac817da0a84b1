/** What people have asked for, as a document. */
import { z } from 'zod'
import { intentPage } from '../intent/export.ts'
import { defineQuery, pageArgs, type Query } from './define.ts'

export const intentQueries = {
  intent: defineQuery(z.strictObject(pageArgs), (world, args) => intentPage(world.state, args)),
} as const satisfies Record<string, Query>
