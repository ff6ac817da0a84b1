/** Commands about schedules: when backups are to be made, and how many are kept. */
import { z } from 'zod'
import { Cron } from '../cron.ts'
import { Props } from '../kinds.ts'
import { DefinitionName, GroupName, NodeName, RemoteName, ScheduleName } from '../names.ts'
import { OnFailure } from '../schedule.ts'

/** Below zero: no limit. */
const count = z.int().min(-1).max(1_000_000)

const fields = {
  keepLocal: count.optional(),
  keepRemote: count.optional(),
  onFailure: OnFailure.optional(),
  maxRetries: count.optional(),
}

/** Neither group nor definition: the whole cluster. */
const about = {
  schedule: ScheduleName,
  remote: RemoteName,
  group: GroupName.optional(),
  definition: DefinitionName.optional(),
}

export const scheduleCommands = {
  'schedule.create': z.strictObject({
    schedule: ScheduleName,
    fullCron: Cron,
    incCron: Cron.optional(),
    ...fields,
  }),
  'schedule.modify': z.strictObject({
    schedule: ScheduleName,
    fullCron: Cron.optional(),
    /** Empty: no differences between the full ones. */
    incCron: z.union([Cron, z.literal('')]).optional(),
    ...fields,
  }),
  'schedule.delete': z.strictObject({ schedule: ScheduleName }),
  'schedule.enable': z.strictObject({
    ...about,
    /** Where it is to be made from, if it can be. */
    node: NodeName.optional(),
    forceRestore: z.boolean().optional(),
    /** Storage pool here → storage pool there. */
    renamePools: Props.optional(),
    targetDefinition: DefinitionName.optional(),
    targetGroup: GroupName.optional(),
    forceTargetGroup: z.boolean().optional(),
  }),
  /** Says no, where a level above says yes. */
  'schedule.disable': z.strictObject(about),
  /** Says nothing any more: what a level above says counts. */
  'schedule.unset': z.strictObject(about),
}
