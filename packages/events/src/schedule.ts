/** What a schedule has, and the properties by which one is switched on. */
import { z } from 'zod'

export const OnFailure = z.enum(['SKIP', 'RETRY'])
export type OnFailure = z.infer<typeof OnFailure>

/** Absent limits: none. */
export const scheduleFields = {
  fullCron: z.string(),
  incCron: z.string().optional(),
  keepLocal: z.int().optional(),
  keepRemote: z.int().optional(),
  onFailure: OnFailure,
  maxRetries: z.int().optional(),
}

/** Namespace of the properties that say whether a schedule sends to a remote, and how. */
export function schedulePrefix(remote: string, schedule: string): string {
  return `${scheduleNamespace}${remote}/${schedule}/`
}

export const scheduleNamespace = 'Schedule/'
