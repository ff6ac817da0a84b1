/** What happens to schedules; where one is switched on is a property of what it is about. */
import { z } from 'zod'
import { scheduleFields } from '../schedule.ts'

const schedule = z.string()

export const scheduleEvents = [
  z.strictObject({ type: z.literal('schedule.created'), schedule, ...scheduleFields }),
  /** All that it is from now on. */
  z.strictObject({ type: z.literal('schedule.changed'), schedule, ...scheduleFields }),
  z.strictObject({ type: z.literal('schedule.deleted'), schedule }),
] as const
